"""Has a chat model summarize the runs of `tests.procedure_runs` and keeps what it said, for `tests.test_recorded`.

`python -m tests.record_procedures BASE_URL MODEL` asks an OpenAI-compatible server (key: OPENAI_API_KEY, else none).
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage
from langchain_openai import ChatOpenAI

from recollect.flow import World, run
from recollect.ports import Ask, Request
from recollect.reasoners.llm import LLMReasoner
from tests.llm_replies import Nothing
from tests.procedure_runs import AT, TASKS, Task

RECORDING = Path(__file__).parent / "data" / "procedure_replies.json"


class Listening:
    """Answers as a world does, and keeps what the model said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._world = World(Nothing(), Nothing())

    def answer(self, request: Request) -> Any:
        """The answer of the world."""
        answer = self._world.answer(request)
        if isinstance(request, Ask):
            self.said += [reply.text if isinstance(reply, AIMessage) else str(reply) for reply in answer]
        return answer

    async def aanswer(self, request: Request) -> Any:
        """Same as `answer`: nobody asks."""
        return self.answer(request)


def recorded(task: Task, reasoner: LLMReasoner) -> list[str]:
    """What the model says about one run, with the repair if it needs one."""
    listening = Listening()
    [found] = run(reasoner.summarize(task.turns, AT), listening)
    print(f"{task.name}: {found.decider} {found.reason} {found.procedure}", file=sys.stderr)
    return listening.said


def main(url: str, name: str) -> None:
    """Ask about all runs at once and write the recording."""
    key: Any = os.environ.get("OPENAI_API_KEY", "none")
    reasoner = LLMReasoner(ChatOpenAI(model=name, base_url=url, api_key=key, timeout=1800, max_retries=0))
    with ThreadPoolExecutor(len(TASKS)) as pool:
        replies = dict(zip(TASKS, pool.map(lambda task: recorded(task, reasoner), TASKS.values()), strict=True))
    kept = {"model": name, "prompts": reasoner.prompt_digest, "replies": replies}
    RECORDING.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
