"""What the local model can do, measured on held-out prompts, into artifacts/local-quality.md.

    .venv/bin/python -m bench.local_quality

Every answer is asked for through `Local.exchange`, as an agent does. Needs `agnolo local pull`.
"""

from __future__ import annotations

import asyncio
import json
import platform
import re
import statistics
import time
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from agnolo.ports.model import ModelReply, ModelRequest, OutputFormat, ToolChoice
from agnolo.providers.local import Local
from agnolo.providers.local_embeddings import LocalEmbedder
from agnolo.vocabulary.messages import Message, ToolCall
from bench.local_prompts import CALLS, CHAT, EXTRACTIONS, MEMORIES, RECALLS, TOLD, Call, Extraction

REPORT = Path(__file__).parents[1] / "artifacts" / "local-quality.md"
SHOWN = 180
DECISION = (
    "MiniLM: the message is compared with each tool's name and description and with examples of plain talk. No "
    "language model: a yes/no question put to SmolLM2 separated the two far worse (AUC 0.63 with examples, 0.81 "
    "without, against 1.00 for this, on 50 development prompts)"
)
ARGUMENTS = "SmolLM2 under the tool's JSON schema, required parameters only: it fills optional ones with inventions"
RESULT = (
    "SmolLM2 chooses a lead-in and repeats the result word for word, up to 400 characters. Left free, with the best "
    "of eight instructions, 2 of 16 answers failed the keyword check"
)
MEMORY = (
    "MiniLM picks the clauses in which users speak of themselves, verbatim; SmolLM2 only adds topics, poorly. Left "
    'free, with the best of six instructions, it kept 16 of 19 facts and invented others ("The user\'s name is Vegan")'
)
MEMORY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "memories": {
            "type": "array",
            "maxItems": 5,
            "items": {
                "type": "object",
                "properties": {
                    "memory": {"type": "string", "maxLength": 200},
                    "topics": {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 30}},
                },
                "required": ["memory", "topics"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["memories"],
    "additionalProperties": False,
}


class Score(NamedTuple):
    """How many of how many, and what went wrong."""

    what: str
    right: int
    of: int
    wrong: list[str]


class Measured(NamedTuple):
    """Seconds, tokens a second and MiB."""

    load: float
    first_cold: float
    first_next: float
    first_same: float
    speed: float
    decide: float
    embed: float
    resident: float


async def ask(*messages: Message, **wanted: Any) -> ModelReply:
    """The reply of a fresh request."""
    events = [event async for event in Local().exchange(ModelRequest(messages=messages, **wanted))]
    reply = events[-1]
    assert isinstance(reply, ModelReply)
    return reply


def user(text: str) -> Message:
    return Message(role="user", content=text)


async def scored(what: str, cases: Iterable[Any], judge: Callable[[Any], Awaitable[str | None]]) -> Score:
    """Judge each case; a judge returns None when it is right, else what went wrong."""
    verdicts = [await judge(case) for case in cases]
    wrong = [verdict for verdict in verdicts if verdict is not None]
    return Score(what, len(verdicts) - len(wrong), len(verdicts), wrong)


def matching(prompt: str, expected: str, reply: ModelReply) -> str | None:
    text = reply.content or ""
    return None if re.search(expected, text.lower()) else f"{prompt} → {text}"


async def chat() -> Score:
    return await scored(
        "plain chat: the answer has the keyword",
        CHAT,
        lambda case: _matched(case.prompt, case.expected, user(case.prompt)),
    )


async def _matched(prompt: str, expected: str, *messages: Message, **wanted: Any) -> str | None:
    return matching(prompt, expected, await ask(*messages, **wanted))


async def decisions() -> list[Score]:
    """Call or not; which tool when a call is due; which tool and arguments when one is forced."""

    async def called(case: Call, choice: ToolChoice = "auto") -> ToolCall | None:
        calls = (await ask(user(case.prompt), tools=case.tools, tool_choice=choice)).tool_calls
        return calls[0] if calls else None

    async def decided(case: Call) -> str | None:
        call = await called(case)
        right = (call is None) == (case.tool is None)
        return None if right else f"{case.prompt} → {call.function.name if call else 'no tool'}"

    async def picked(case: Call) -> str | None:
        call = await called(case, "required")
        name = call.function.name if call else None
        return None if name == case.tool else f"{case.prompt} → {name}"

    async def filled(case: Call) -> str | None:
        call = await called(case, {"type": "function", "function": {"name": case.tool}})
        assert call is not None
        given = {name: _plain(value) for name, value in json.loads(call.function.arguments).items()}
        return None if given == case.arguments else f"{case.prompt} → {call.function.arguments}"

    due = [case for case in CALLS if case.tool]
    return [
        await scored("tool or no tool: a tool is due", due, decided),
        await scored("tool or no tool: none is due", [case for case in CALLS if not case.tool], decided),
        await scored("the right tool, when one is due", due, picked),
        await scored("all arguments right, given the tool", [case for case in due if case.arguments], filled),
    ]


def _plain(value: Any) -> Any:
    return value.strip(" .!?").lower() if isinstance(value, str) else value


async def told() -> Score:
    async def judge(case: Any) -> str | None:
        call = ToolCall.of("call_1", case.tool, "{}")
        messages = (
            user(case.prompt),
            Message(role="assistant", tool_calls=[call]),
            Message(role="tool", tool_call_id="call_1", tool_name=case.tool, content=case.result),
        )
        return await _matched(case.prompt, case.expected, *messages)

    return await scored("a tool's result is in the answer", TOLD, judge)


async def extractions() -> list[Score]:
    fields: list[bool] = []

    async def judge(case: Extraction) -> str | None:
        kinds = {name: "integer" if isinstance(value, int) else "string" for name, value in case.fields.items()}
        schema = {
            "type": "object",
            "properties": {name: {"type": kind} for name, kind in kinds.items()},
            "required": list(kinds),
        }
        reply = await ask(user(case.text), output=OutputFormat(name="record", schema=schema))
        found = json.loads(reply.content or "")
        right = [_holds(found.get(name), value) for name, value in case.fields.items()]
        fields.extend(right)
        return None if all(right) else f"{case.text} → {reply.content}"

    whole = await scored("extraction: all fields of a text right", EXTRACTIONS, judge)
    return [whole, Score("extraction: fields right", sum(fields), len(fields), [])]


def _holds(found: Any, value: Any) -> bool:
    return value in found.lower() if isinstance(value, str) and isinstance(found, str) else found == value


async def memories() -> list[Score]:
    found_facts: list[bool] = []

    async def judge(case: Any) -> str | None:
        instructions = Message(role="system", content="Write down lasting facts about the user.")
        output = OutputFormat(name="user_memories", schema=MEMORY_SCHEMA)
        reply = await ask(instructions, user(f"The user's message:\n{case.said}"), output=output)
        kept = [entry["memory"].lower() for entry in json.loads(reply.content or "")["memories"]]
        hits = [any(fact in memory for memory in kept) for fact in case.facts]
        found_facts.extend(hits)
        right = all(hits) and (bool(case.facts) or not kept)
        return None if right else f"{case.said} → {kept}"

    whole = await scored("memory: all facts of a message kept, nothing of a message without", MEMORIES, judge)
    return [whole, Score("memory: facts kept", sum(found_facts), len(found_facts), [])]


async def recalls() -> Score:
    async def judge(case: Any) -> str | None:
        first = await ask(user(case.said))
        answer = Message(role="assistant", content=first.content)
        return await _matched(case.prompt, case.expected, user(case.said), answer, user(case.prompt))

    return await scored("what the user said earlier in the session is recalled", RECALLS, judge)


async def measured() -> Measured:
    """Times on this machine. The first request of the process loads the model, so this comes first."""
    started = time.monotonic()
    loading = await ask(user("Hi"))
    load = time.monotonic() - started - (loading.metrics.duration or 0)
    fresh: list[float] = []
    same: list[float] = []
    speeds: list[float] = []
    for subject in ("the sea", "a mountain", "bread", "a train", "the moon"):
        question = user(f"Write five sentences about {subject}.")
        first, second = await ask(question), await ask(question)
        fresh.append(first.metrics.time_to_first_token or 0)
        same.append(second.metrics.time_to_first_token or 0)
        speeds.append((second.metrics.provider_metrics or {})["predicted_per_second"])
    tools = CALLS[0].tools
    await ask(user("Hello"), tools=tools)
    decide = [
        (await ask(user(text), tools=tools, tool_choice="required")).metrics.duration or 0
        for text in ("What time is it, please?", "Tell me today's date.", "Current time?")
    ]
    started = time.monotonic()
    for number in range(20):
        await LocalEmbedder().async_get_embedding(f"What will the weather be like in {number} days?")
    embed = (time.monotonic() - started) / 20
    middle = statistics.median
    first = loading.metrics.time_to_first_token or 0
    return Measured(load, first, middle(fresh), middle(same), middle(speeds), middle(decide), embed, _resident_mib())


def _resident_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found.group(1)) / 1024 if found else 0.0


def report(scores: list[Score], at: Measured) -> str:
    rows = "\n".join(f"| {score.what} | {score.right} / {score.of} |" for score in scores)
    failures = "\n".join(f"- {score.what}: {_shown(case)}" for score in scores for case in score.wrong)
    return f"""# The local model, measured

Written by `python -m bench.local_quality`: SmolLM2-135M-Instruct (Q4_1) and all-MiniLM-L6-v2 (Q8_0) through
xllamacpp {version("xllamacpp")} on {platform.machine()}, one thread, temperature 0. The prompts are in
`bench/local_prompts.py` and were written before the first run; instructions, examples and thresholds were chosen on
other prompts. The sets are small, a case is worth 5 to 10 points: an indication, not a benchmark. Tool results,
memories and recalled statements are repeated verbatim by construction: their scores measure retrieval, not language.

| what | right |
| --- | --- |
{rows}

| time and size on this machine | |
| --- | --- |
| load, once a process | {at.load:.2f} s |
| first token, first request (about 30 tokens to read) | {at.first_cold:.2f} s |
| first token, new question, instructions already read | {at.first_next:.2f} s |
| first token, same question again | {at.first_same:.3f} s |
| writing | {at.speed:.0f} tokens/s |
| deciding on a tool without arguments, among {len(CALLS[0].tools)} | {at.decide * 1000:.0f} ms |
| one embedding | {at.embed * 1000:.1f} ms |
| resident memory, both models loaded | {at.resident:.0f} MiB |

## Who does what

| task | how |
| --- | --- |
| tool or no tool, and which | {DECISION} |
| arguments | {ARGUMENTS} |
| answer after a tool | {RESULT} |
| memories | {MEMORY} |
| recall of what was said | MiniLM finds the earlier statement, which is repeated word for word |
| everything else | SmolLM2, free or under a schema |

What it can't do: several tool calls in a row or at once, arithmetic by itself, languages other than English, long
answers that stay on the subject. Arguments in words are its weak spot: check them before a tool does harm. It shows
that the machinery works without a key; it is no substitute for a real model.

## What went wrong

{failures or "Nothing."}
"""


def _shown(case: str) -> str:
    text = " ".join(case.split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


async def main() -> None:
    at = await measured()
    scores = [await chat(), *await decisions(), await told(), *await extractions(), *await memories(), await recalls()]
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(report(scores, at), encoding="utf-8")
    for score in scores:
        print(f"{score.right:3} / {score.of:<3} {score.what}")
    print(f"{at}\nwritten to {REPORT}")


if __name__ == "__main__":
    asyncio.run(main())
