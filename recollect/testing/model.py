"""ScriptedModel: a chat model that says what a test tells it to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import PrivateAttr

Reply = str | AIMessage | Exception
Script = Sequence[Reply] | Callable[[list[BaseMessage]], Reply]


class ScriptedModel(BaseChatModel):
    """Answers with the next of its replies, or with what a function makes of the messages; an exception is raised.

    `requests` holds the messages of every call in the order of arrival. Replies without token counts get estimates, a
    token for four characters. Safe to call from several threads and, as every chat model, asynchronously.
    """

    model_name: str = "scripted"
    _script: Script = PrivateAttr()
    _requests: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _lock: Any = PrivateAttr(default_factory=Lock)

    def __init__(self, script: Script, **fields: Any) -> None:
        super().__init__(**fields)
        self._script = script

    @property
    def requests(self) -> tuple[list[BaseMessage], ...]:
        """The messages of every call so far."""
        with self._lock:
            return tuple(self._requests)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Accepts tools, so that agents and structured output can be built on it; the script decides what is called."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages)
        if isinstance(reply, Exception):
            raise reply
        message = AIMessage(reply) if isinstance(reply, str) else reply
        return ChatResult(generations=[ChatGeneration(message=_counted(message, messages))])

    async def _agenerate(self, messages: list[BaseMessage], *given: Any, **kwargs: Any) -> ChatResult:
        return self._generate(messages, *given, **kwargs)

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        with self._lock:
            self._requests.append(messages)
            number = len(self._requests)
        if callable(self._script):
            return self._script(messages)
        if number > len(self._script):
            return LookupError(f"the script has {len(self._script)} replies, but this is call {number}")
        return self._script[number - 1]


def _counted(message: AIMessage, request: list[BaseMessage]) -> AIMessage:
    asked, said = _tokens(request), _tokens([message])
    estimate = UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
    return message.model_copy(update={"usage_metadata": message.usage_metadata or estimate})


def _tokens(messages: list[BaseMessage]) -> int:
    return sum(len(message.text) for message in messages) // 4
