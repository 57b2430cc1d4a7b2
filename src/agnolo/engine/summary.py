"""What a session was about: made by a model from what was said, stored with the session, read into the prompt."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from agnolo.engine import history, persist
from agnolo.engine.aside import NOBODY, Aside, Payer, asked, payer_of, settle, told
from agnolo.engine.state import Run
from agnolo.ports.journal import RunRecord, SessionChange
from agnolo.ports.model import Model
from agnolo.ports.options import Summaries
from agnolo.ports.runtime import Runtime
from agnolo.ports.summaries import SummaryRules
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import AgnoloError, RunCancelledException
from agnolo.vocabulary.messages import Message
from agnolo.vocabulary.metrics import RunMetrics
from agnolo.vocabulary.runs import RunOutput, RunStatus
from agnolo.vocabulary.sessions import UNTOLD_STATUSES, AgentSession
from agnolo.vocabulary.summaries import SessionSummary

log = logging.getLogger("agnolo")

ROLE = "session_summary_model"

_TOLD_STATUSES = sorted(set(RunStatus) - UNTOLD_STATUSES)

_TASK = """\
You are given a conversation between a user and an assistant. Sum it up, so that the assistant can go on from the \
summary alone: what was asked, found, decided and left open. A few sentences, no small talk, nothing that was not \
said."""
_KNOWN = """\
What was said in this conversation before, in short:

<summary_of_previous_interactions>
{summary}
</summary_of_previous_interactions>

Where the conversation itself says otherwise, it is right."""


class SessionSummaryResponse(msgspec.Struct):
    """A summary as the model gives it."""

    summary: Annotated[str, msgspec.Meta(description="What was said, in a few sentences.")]
    topics: Annotated[list[str] | None, msgspec.Meta(description="What it was about, in a word or two each.")] = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A summary and what it took."""

    summary: SessionSummary
    metrics: RunMetrics


def rules_of(options: Summaries) -> SummaryRules:
    """The rules by which sessions are summed up."""
    return options.session_summary_manager or SummaryRules()


def is_kept(options: Summaries) -> bool:
    """Whether sessions are summed up: a manager says so too."""
    return options.enable_session_summaries or options.session_summary_manager is not None


def is_read(options: Summaries) -> bool:
    """Whether the summary goes into the prompt: as said, else when sessions are summed up."""
    wanted = options.add_session_summary_to_context
    return is_kept(options) if wanted is None else wanted


def prompt_section(run: Run) -> str:
    """The session's summary for the system message; "" when there is none, or it is not wanted."""
    if run.summary is None or not is_read(run.plan.summaries):
        return ""
    return _KNOWN.format(summary=run.summary.summary)


async def make(
    rules: SummaryRules, session: AgentSession, model: Model, at: Runtime, payer: Payer = NOBODY, *,
    under: Run | None = None,
) -> Made | None:  # fmt: skip
    """Let the model sum up what the rules show it of the session; None when nothing was said.

    Raises what the model raises, and OutputSchemaError for an answer that is no summary.
    """
    said = lines(session.get_messages(rules.last_n_runs, limit=rules.conversation_limit))
    if not said:
        return None
    aside = Aside(
        role=ROLE,
        model=model,
        messages=told(system_text(rules, said), asked(rules.summary_request_message)),
        output_schema=SessionSummaryResponse,
    )
    settled = await settle(aside, at, payer, under=under)
    answer: SessionSummaryResponse = settled.content
    made_at = datetime.fromtimestamp(int(at.time()))  # noqa: DTZ006 - local, as Agno writes it
    summary = SessionSummary(summary=answer.summary, topics=answer.topics, updated_at=made_at)
    rules.summaries_updated = True
    return Made(summary=summary, metrics=persist.metrics_of(ROLE, settled.counts))


def system_text(rules: SummaryRules, said: Sequence[str]) -> str:
    """What the model is told: its task, then the conversation."""
    conversation = "\n".join(said)
    return f"{rules.session_summary_prompt or _TASK}\n<conversation>\n{conversation}\n</conversation>"


def lines(messages: Sequence[Message]) -> list[str]:
    """What user and assistant said, line by line; media by their number."""
    spoken: list[str] = []
    for message in messages:
        if message.role == "user" and (text := message.text().strip() or _media(message)):
            spoken.append(f"User: {text}")
        elif message.role == "assistant" and (text := message.text().strip()):
            spoken.append(f"Assistant: {text}")
    return spoken


def _media(message: Message) -> str:
    kinds = {"image": message.images, "video": message.videos, "audio file": message.audio, "file": message.files}
    named = [f"{len(media)} {kind}{'s' * (len(media) > 1)}" for kind, media in kinds.items() if media]
    return f"[Provided {', '.join(named)}]" if named else ""


async def keep(run: Run, model: Model, at: Runtime) -> None:
    """Sum up the session of a run that is stored, and store the summary and what it took."""
    made = await _made(run, model, at)
    if made is None or run.plan.store is None:
        return
    change = SessionChange(summary=made.summary.to_dict(), session_metrics=codec.builtins(made.metrics))
    await at.wait(run.plan.store.change_session(run.plan.scope, run.plan.origin.session_id, change))


async def awaited(run: Run, model: Model, at: Runtime) -> SessionSummary | None:
    """The same within the run, whose end stores it; the summary that there is then. A failure is logged."""
    try:
        made = await _made(run, model, at, under=run)
        run.new_summary = made and made.summary
    except RunCancelledException:
        raise
    except AgnoloError as failure:
        log.warning("the session of run %s could not be summed up: %s", run.plan.origin.run_id, failure)
    return run.new_summary or run.summary


async def _made(run: Run, model: Model, at: Runtime, *, under: Run | None = None) -> Made | None:
    session = await _session(run, at, include=under is not None)
    return await make(rules_of(run.plan.summaries), session, model, at, payer_of(run), under=under)


async def _session(run: Run, at: Runtime, *, include: bool) -> AgentSession:
    """The session as far as the rules reach; if asked with this run, which is not stored yet."""
    plan, rules = run.plan, rules_of(run.plan.summaries)
    session_id, runs = plan.origin.session_id, list[RunOutput]()
    if plan.store is not None:
        last = rules.last_n_runs or rules.conversation_limit
        found = plan.store.get_runs(plan.scope, session_id, last=last, statuses=_TOLD_STATUSES)
        runs = [_spoken(record) for record in await at.wait(found)]
    if include:
        own = RunOutput(run_id=plan.origin.run_id, session_id=session_id, messages=list(run.own_messages()))
        runs = [*(one for one in runs if one.run_id != own.run_id), own]
    return AgentSession(session_id=session_id, runs=runs)


def _spoken(record: RunRecord) -> RunOutput:
    row = record.run
    return RunOutput(
        run_id=row.run_id, session_id=row.session_id, parent_run_id=row.parent_run_id, status=row.status,
        messages=list(history.without_repairs(record)),
    )  # fmt: skip
