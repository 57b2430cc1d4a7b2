"""A transport and a clock by script: every wait moves the clock and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from multidict import CIMultiDict

from agnolo.providers.wire import Expired, HttpReply, HttpRequest


def frame(text: str | None = None, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {} if text is None else {"content": text}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
HELLO = [frame("Hel"), frame("lo"), frame(finish="stop"), DONE]


class Clock:
    """A pace: `slept` are the waits between attempts."""

    def __init__(self, chance: float = 0.5) -> None:
        self.now = 1_700_000_000.0
        self.slept: list[float] = []
        self._chance = chance

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def chance(self) -> float:
        return self._chance

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Answer:
    """A reply to come: blocks, exceptions, and numbers, which are seconds of silence."""

    def __init__(
        self,
        *steps: bytes | Exception | float,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        head: float = 0,
    ) -> None:
        self.steps = steps
        self.status = status
        self.headers = {"Content-Type": "text/event-stream", **(headers or {})}
        self.head = head


def whole(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(raw, status=status, headers={"Content-Type": "application/json", **(headers or {})})


class Reply:
    def __init__(self, answer: Answer, clock: Clock) -> None:
        self.status = answer.status
        self.headers = CIMultiDict(answer.headers)
        self.closed = False
        self.unread = list(answer.steps)
        self._clock = clock

    async def read(self, within: float) -> bytes:
        assert not self.closed
        while self.unread:
            step = self.unread.pop(0)
            if isinstance(step, bytes):
                return step
            if isinstance(step, Exception):
                raise step
            if step > within:
                self._clock.now += within
                raise Expired(connecting=False)
            within -= step
            self._clock.now += step
        return b""

    def close(self) -> None:
        self.closed = True


class Wire:
    """A transport whose answers are given. `replies` are those that were handed out, `requests` what was asked."""

    def __init__(self, clock: Clock, answers: Sequence[Answer | Exception]) -> None:
        self.requests: list[HttpRequest] = []
        self.replies: list[Reply] = []
        self._clock = clock
        self._answers = list(answers)

    async def send(self, request: HttpRequest, *, connect: float, within: float) -> HttpReply:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if answer.head > within:
            self._clock.now += within
            raise Expired(connecting=False)
        self._clock.now += answer.head
        self.replies.append(Reply(answer, self._clock))
        return self.replies[-1]
