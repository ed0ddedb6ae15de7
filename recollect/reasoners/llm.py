"""LLMReasoner: any LangChain chat model finds the facts, decides what they do, and tells how a task is done.

A prompt goes out with the JSON schema of its reply where the model can be bound to one, and without where it cannot:
most models can, some servers refuse a schema with status 400 or 422 (DeepSeek's), and are asked without from then on.
The schema goes as a dict, not as a class: the OpenAI client would check a class itself and lose the reply that fails.
Either way the raw message comes back, for its token counts, and one tolerant reader takes it. A reply that cannot be
used whole is sent back once, with what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable
from pydantic import BaseModel

from recollect import prompts
from recollect.errors import ModelError, ModelReplyError, ModelUnavailableError
from recollect.ports import Ask, Case, Flow
from recollect.procedures import task_in
from recollect.prompts import ExtractionReply, ProbesReply, ProcedureReply, UpdateReply
from recollect.reasoners.found import facts_of
from recollect.reasoners.reply import Reading, UnreadableReply, read_reply, reply_text
from recollect.reasoners.rulings import decisions_of
from recollect.reasoners.runs import runs
from recollect.reasoners.summaries import procedure_of, untold
from recollect.types import Decision, Fact, Procedure, Run, Turn, digest

Schema = TypeVar("Schema", bound=BaseModel)
T = TypeVar("T")
Reader = Callable[[Reading[Schema]], tuple[T, Mapping[int, str]]]
REFUSALS = (400, 422)


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A reply, what of it can be used (None: nothing at all), and what is wrong with the rest, by number."""

    text: str
    usable: T | None
    problems: Mapping[int, str]


class LLMReasoner:
    """Asks a chat model: once to extract, once to decide, once for each run of a task, and again where it has to repair.

    A search that asks for it costs one call more, which is not repaired.

    `model` is a LangChain chat model or a name for `init_chat_model`, as "openai:gpt-4o-mini". A custom prompt is a text
    or a file with the holes of the prompt that it replaces. All methods raise ModelUnavailableError.
    """

    def __init__(
        self,
        model: BaseChatModel | str,
        *,
        extraction_prompt: str | Path | None = None,
        update_prompt: str | Path | None = None,
        probes_prompt: str | Path | None = None,
        procedure_prompt: str | Path | None = None,
    ) -> None:
        self._extraction = prompts.prompt("extraction", extraction_prompt)
        self._update = prompts.prompt("update", update_prompt)
        self._probes = prompts.prompt("probes", probes_prompt)
        self._procedure = prompts.prompt("procedure", procedure_prompt)
        self._model = _load(model) if isinstance(model, str) else model
        schemas: tuple[type[BaseModel], ...] = (ExtractionReply, UpdateReply, ProbesReply, ProcedureReply)
        self._bound = {schema: _bind(self._model, schema) for schema in schemas}

    @property
    def name(self) -> str:
        """Names this reasoner in outcomes and audit: "llm:" and the model's name."""
        model = self._model
        return f"llm:{getattr(model, 'model_name', None) or getattr(model, 'model', None) or type(model).__name__}"

    @property
    def prompt_digest(self) -> str:
        """Names the prompts in the audit."""
        return digest(self._extraction, self._update, self._procedure)

    def extract(self, turns: Sequence[Turn], now: datetime) -> Flow[tuple[Fact, ...]]:
        """The facts in the messages; those that no message proves have no sources and confidence 0.

        Raises ModelReplyError if the reply is unreadable also after a repair.
        """
        if not turns:
            return ()

        def read(reading: Reading[ExtractionReply]) -> tuple[Reading[ExtractionReply], Mapping[int, str]]:
            return reading, dict(enumerate(unusable.problem for unusable in reading.unusable))

        request = prompts.extraction_prompt(self._extraction, messages=turns, now=now)
        [answers] = yield from self._answers([request], ExtractionReply, [read])
        readings = [answer.usable for answer in answers if answer.usable is not None]
        if not readings:
            raise _unreadable(answers[0])
        return facts_of(readings, turns, now)

    def decide(self, cases: Sequence[Case], now: datetime) -> Flow[tuple[Decision, ...]]:
        """One decision a case; where the model gave none that is valid, also after a repair, one that failed."""
        if not cases:
            return ()
        memories = {record.id: record for case in cases for record in case.candidates}

        def read(reading: Reading[UpdateReply]) -> tuple[dict[int, Decision], Mapping[int, str]]:
            return decisions_of(reading, cases, memories, self.name)

        request = prompts.update_prompt(self._update, memories=memories, facts=cases)
        [answers] = yield from self._answers([request], UpdateReply, [read])
        return tuple(self._decision(number, answers) for number in range(1, len(cases) + 1))

    def probes(self, question: str) -> Flow[tuple[str, ...]]:
        """What to search for where a question needs several memories, else nothing.

        Raises ModelReplyError if the reply is unreadable: a search cannot wait for a repair.
        """
        [message] = yield from self._send([prompts.probes_prompt(self._probes, question=question)], ProbesReply)
        text = reply_text(message)
        try:
            return tuple(read_reply(text, ProbesReply).reply.probes)
        except UnreadableReply as exc:
            raise ModelReplyError(f"the model's reply cannot be read: {exc}", text) from exc

    def summarize(self, turns: Sequence[Turn], now: datetime, prompt: str | None = None) -> Flow[tuple[Run, ...]]:
        """The runs of tasks among the turns, all asked about at once; with `prompt` in place of the procedural one.

        Asked about are those that are runs by themselves; where none is, whatever the rules find; else all turns as one.
        Where the model gave no summary that can be used, also after a repair, a run has that of the rules, and says why.
        """
        if not turns:
            return ()
        found = runs(turns, "rules") or (untold(turns, self.name),)
        tasks = [run for run in found if task_in(run.turns)] or list(found)
        text = prompt or self._procedure
        requests = [prompts.procedure_prompt(text, messages=run.turns, today=now) for run in tasks]
        readers = [partial(procedure_of, run=run) for run in tasks]
        answered = yield from self._answers(requests, ProcedureReply, readers)
        summaries = {id(run): self._run(run, answers) for run, answers in zip(tasks, answered, strict=True)}
        return tuple(summaries.get(id(run), run) for run in found)

    def _run(self, run: Run, answers: Sequence[Answer[Procedure | None]]) -> Run:
        missing = prompts.left_out(run.turns)
        seen = f"the model saw all but {missing} of its messages" if missing else ""
        for answer in answers:
            if answer.usable is not None:
                notes = (*answer.problems.values(), seen)
                return replace(run, procedure=answer.usable, decider=self.name, reason="; ".join(filter(None, notes)))
        return replace(run, reason=f"the reply of {self.name} could not be used: {_problems(answers[0])}")

    def _decision(self, number: int, answers: Sequence[Answer[dict[int, Decision]]]) -> Decision:
        for answer in answers:
            if answer.usable and number in answer.usable:
                return answer.usable[number]
        problems = answers[0].problems
        return Decision(
            operation="NONE",
            status="failed",
            reason=f"the model's reply could not be used: {problems.get(number) or problems[0]}",
            decider=self.name,
        )

    def _answers(
        self, requests: Sequence[list[BaseMessage]], schema: type[Schema], readers: Sequence[Reader[Schema, T]]
    ) -> Flow[list[list[Answer[T]]]]:
        """The model's answer to each and, if it cannot be used whole, before it the one that it gave when told so."""
        messages = yield from self._send(requests, schema)
        answers = [[_read(message, schema, read)] for message, read in zip(messages, readers, strict=True)]
        broken = [number for number, [first] in enumerate(answers) if first.problems]
        if not broken:
            return answers
        repairs = [[*requests[number], *_repair(answers[number][0])] for number in broken]
        messages = yield from self._send(repairs, schema)
        for number, message in zip(broken, messages, strict=True):
            answers[number].insert(0, _read(message, schema, readers[number]))
        return answers

    def _send(self, requests: Sequence[list[BaseMessage]], schema: type[BaseModel]) -> Flow[list[AIMessage]]:
        bound = self._bound.get(schema)
        replies = yield Ask(model=bound or self._model, prompts=tuple(requests))
        if bound and any(map(_refused, replies)):
            replies = yield Ask(model=self._model, prompts=tuple(requests))
            if not any(isinstance(reply, ModelError) for reply in replies):
                self._bound = {}
        return list(map(_message, replies))


def _load(name: str) -> BaseChatModel:
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as exc:
        message = f'the model name {name!r} needs the extra: pip install "recollect[langchain]", or pass a chat model'
        raise ImportError(message) from exc
    try:
        return init_chat_model(name)
    except ImportError:
        raise  # names the package to install
    except Exception as exc:  # of the provider's own: no key, no such model
        raise ModelUnavailableError(f"no model {name!r}: {exc}") from exc


def _bind(model: BaseChatModel, schema: type[BaseModel]) -> Runnable[Any, Any] | None:
    """The model bound to a reply's schema and answering raw messages; None where it cannot be bound."""
    try:
        structured: Any = model.with_structured_output(schema.model_json_schema(), include_raw=True)
    except NotImplementedError:
        return None
    bound = getattr(getattr(structured, "first", None), "steps__", {}).get("raw")
    raw: Runnable[Any, Any] = bound or structured.pick("raw")  # the whole chain parses in vain and costs 2 ms a call
    return raw


def _refused(reply: Any) -> bool:
    return isinstance(reply, ModelError) and getattr(reply.__cause__, "status_code", None) in REFUSALS


def _message(reply: AIMessage | ModelError) -> AIMessage:
    if isinstance(reply, ModelError):
        raise reply if isinstance(reply, ModelUnavailableError) else ModelUnavailableError(str(reply)) from reply
    return reply


def _repair(answer: Answer[Any]) -> list[BaseMessage]:
    return prompts.repair_prompt(answer.text, problems=tuple(answer.problems.values()))


def _problems(answer: Answer[Any]) -> str:
    return "; ".join(answer.problems.values())


def _read(message: AIMessage, schema: type[Schema], read: Reader[Schema, T]) -> Answer[T]:
    text = reply_text(message)
    try:
        usable, problems = read(read_reply(text, schema))
    except UnreadableReply as exc:
        return Answer(text, None, {0: str(exc)})
    return Answer(text, usable, problems)


def _unreadable(answer: Answer[Any]) -> ModelReplyError:
    message = f"the model's reply cannot be read, also after one repair: {answer.problems[0]}; try another model"
    return ModelReplyError(message, answer.text)
