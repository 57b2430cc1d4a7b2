"""What is remembered of a user: read into the prompt, and drawn from what the user says by a model request."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from agnolo.engine import structured
from agnolo.engine.effects import ask
from agnolo.engine.state import Run
from agnolo.ports.model import Model, ModelReply, ModelRequest, OutputFormat
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import answers
from agnolo.vocabulary.errors import ModelProtocolError, OutputSchemaError
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.sessions import UserMemory

MAX_IN_PROMPT = 50
MAX_FACTS = 5

_INSTRUCTIONS = (
    "You keep notes about a user. From the user's message, write down lasting facts about the user: name, home, work, "
    "tastes, plans. One short sentence for each fact, in the third person. Ignore questions and small talk. "
    "If there is no lasting fact, the list is empty."
)

_SCHEMA = {
    "type": "object",
    "properties": {
        "memories": {
            "type": "array",
            "maxItems": MAX_FACTS,
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


_FORM = OutputFormat(name="user_memories", schema=_SCHEMA)


class _Fact(msgspec.Struct):
    memory: str
    topics: list[str] = []


class _Facts(msgspec.Struct):
    memories: list[_Fact]


def is_read(run: Run) -> bool:
    """Whether memories go into the prompt: as said, else when they are kept."""
    wanted = run.plan.memory.add_memories_to_context
    return bool(run.plan.memory.update_memory_on_run if wanted is None else wanted) and run.plan.store is not None


async def prompt_section(run: Run, at: Runtime) -> str:
    """The user's memories for the system message; "" when there are none or they are not wanted."""
    store = run.plan.store
    if store is None or not is_read(run):
        return ""
    known = await at.wait(store.get_memories(run.plan.scope, limit=MAX_IN_PROMPT))
    if not known:
        return ""
    facts = "\n".join(f"- {m.memory}" for m in known)
    return (
        f"<memories_from_previous_interactions>\nKnown about the user:\n{facts}\n</memories_from_previous_interactions>"
    )


async def extract(run: Run, model: Model, at: Runtime) -> list[UserMemory]:
    """Ask `model` for facts in the user's own message and store those that are new. Returns the stored ones."""
    store = run.plan.store
    said = "\n".join(m.text() for m in run.own_messages() if m.role == "user").strip()
    if store is None or not said:
        return []
    known = await at.wait(store.get_memories(run.plan.scope))
    reply = await _ask(run, model, said, known, at)
    try:
        facts = answers.parse_output(_Facts, reply).memories
    except OutputSchemaError as wrong:
        raise ModelProtocolError(
            f"{model.id!r} did not answer with the memory schema: {wrong}", provider=model.provider, model=model.id
        ) from wrong
    new = _new(facts, known, said, run, at)
    if new:
        await at.wait(store.save_memories(run.plan.scope, new))
    return new


async def _ask(run: Run, model: Model, said: str, known: Sequence[UserMemory], at: Runtime) -> str:
    already = "\n".join(f"- {m.memory}" for m in known[-MAX_IN_PROMPT:])
    prompt = f"{_INSTRUCTIONS}\n\nAlready noted, do not repeat:\n{already}" if already else _INSTRUCTIONS
    request = ModelRequest(
        messages=[
            Message(role="system", content=prompt),
            Message(role="user", content=f"The user's message:\n{said}"),
        ],
    )
    asked = structured.shaped(request, _FORM, model)
    reply: ModelReply | None = None
    async for item in ask(model, asked.request, run, at, kind="memory"):
        if isinstance(item, ModelReply):
            reply = structured.unfolded(item, asked.answer_tool)
    return (reply.content if reply else None) or '{"memories":[]}'


def _new(facts: Sequence[_Fact], known: Sequence[UserMemory], said: str, run: Run, at: Runtime) -> list[UserMemory]:
    seen = {_plain(m.memory) for m in known}
    kept: list[UserMemory] = []
    for fact in facts:
        text = fact.memory.strip()
        if text and _plain(text) not in seen:
            seen.add(_plain(text))
            moment = int(at.time())
            kept.append(
                UserMemory(
                    memory=text,
                    memory_id=at.new_id(),
                    topics=fact.topics or None,
                    user_id=run.plan.scope.user_id,
                    input=said,
                    agent_id=run.plan.origin.id,
                    created_at=moment,
                    updated_at=moment,
                )
            )
    return kept


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).rstrip(".")
