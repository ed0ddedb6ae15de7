"""A chat server on loopback that speaks OpenAI's HTTP and answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Protocol

from recollect.reasoners.llm import LLMReasoner

Reply = dict[str, Any] | str | int
"""A whole completion, the text of an assistant's message, or the status of an error."""


def inline(*replies: Reply) -> Callable[[dict[str, Any]], Reply]:
    """A script of these replies, one after the other."""
    rest = list(replies)
    return lambda body: rest.pop(0)


class ScriptedServer:
    """Answers POST /v1/chat/completions with what `script` makes of the request's body, and keeps those bodies.

    A request for a stream gets the whole message in its one chunk.
    """

    def __init__(self, script: Callable[[dict[str, Any]], Reply]) -> None:
        self.requests: list[dict[str, Any]] = []
        self._script = script
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        """What a client takes as its base_url."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The status and body that a request gets."""
        if path != "/v1/chat/completions":
            return 404, _error(f"no such path: {path}")
        self.requests.append(body)
        reply = self._script(body)
        if isinstance(reply, int):
            return reply, _error(f"scripted error {reply}")
        return 200, reply if isinstance(reply, dict) else completion(reply)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = server.answer(self.path, body)
                streamed = status == 200 and body.get("stream")
                data = _events(answer) if streamed else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing: the test has the requests."""

        return Handler


class Serve(Protocol):
    """Starts a server with a script and answers a reasoner that talks to it."""

    def __call__(
        self, script: Callable[[dict[str, Any]], Reply], **fields: Any
    ) -> tuple[LLMReasoner, ScriptedServer]: ...


def completion(text: str | None, *, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """The body of a chat completion with one message; `message` takes further fields of it, as `tool_calls`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "scripted"}
    return {**head, "choices": [choice], "usage": usage}


def _events(answer: dict[str, Any]) -> bytes:
    choices = [{**choice, "delta": choice["message"]} for choice in answer["choices"]]
    head = {**answer, "object": "chat.completion.chunk"}
    parts = ({**head, "choices": choices, "usage": None}, {**head, "choices": []})
    return "".join(f"data: {data}\n\n" for data in (*map(json.dumps, parts), "[DONE]")).encode()


def _error(message: str) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}
