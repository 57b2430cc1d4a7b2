"""Where history can be cut in two: the part that a summary may stand for, and the part that stays.

A tool's result stays with its call. Places are indexes into the messages since the last cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from agnolo.engine.budget import tokens_of
from agnolo.ports.compaction import CompactionRules
from agnolo.vocabulary.compactions import CompactionRecord, CompactionStatus
from agnolo.vocabulary.messages import Message


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Where to cut, or why not."""

    status: CompactionStatus
    message: str
    place: int | None = None


def plan(
    rules: CompactionRules, messages: Sequence[Message], previous: CompactionRecord | None, overhead: int = 0
) -> Plan:
    """The cut that the rules ask for. `overhead` are the tokens that are sent besides: system message and tools."""
    found = cut(rules, messages, overhead + _allowance(rules, previous))
    if found is None:
        if previous is None:
            text = f"There is nothing to replace yet: {_tail(rules)} keeps all of it. Lower it to keep less."
            return Plan(status=CompactionStatus.NOTHING_TO_FOLD, message=text)
        text = "The conversation has not grown enough since its history was last replaced."
        return Plan(status=CompactionStatus.ALREADY_COMPACTED, message=text)
    replaced, kept = tokens_of(messages[:found]), max(tokens_of(messages[found:]), 1)
    if rules.enforce_min_fold_ratio and replaced / kept < rules.min_fold_ratio:
        text = (
            f"It would replace {replaced} tokens and keep {kept}: {replaced / kept:.2f} times as many, and "
            f"min_fold_ratio={rules.min_fold_ratio} asks for more. Go on, or lower that."
        )
        return Plan(status=CompactionStatus.NOT_WORTH_IT, message=text)
    return Plan(status=CompactionStatus.COMPACTED, message="There is history to replace.", place=found)


def _tail(rules: CompactionRules) -> str:
    if rules.uncompacted_tokens is not None:
        return f"uncompacted_tokens={rules.uncompacted_tokens}"
    return f"uncompacted_runs={rules.uncompacted_runs}"


def _allowance(rules: CompactionRules, previous: CompactionRecord | None) -> int:
    """What the summary will take: its budget, else about what the one before takes."""
    if rules.compacted_token_budget is not None:
        return rules.compacted_token_budget
    return 0 if previous is None else tokens_of([Message(role="user", content=previous.summary)])


def cut(rules: CompactionRules, messages: Sequence[Message], overhead: int) -> int | None:
    """Where what stays begins; None when that is all of it, or no place is safe. The last question always stays."""
    places = starts(messages)
    questions = [i for i, m in enumerate(messages) if m.role == "user"]
    newest = questions[-1] if questions else len(messages)
    limit = _room(rules, overhead)
    if rules.uncompacted_tokens is not None:
        wanted = rules.uncompacted_tokens if limit is None else min(rules.uncompacted_tokens, limit)
        return _safe(places, min(_tail_start(messages, wanted), newest))
    runs = rules.kept_runs
    by_runs: int | None = len(messages) if runs == 0 else questions[-runs] if len(questions) > runs else None
    found = None if by_runs is None else _safe(places, by_runs)
    if limit is None or tokens_of(messages[found or 0 :]) <= limit:
        return found
    shorter = _safe(places, min(_tail_start(messages, limit), newest))
    return shorter if shorter is not None and shorter > (found or 0) else found


def _room(rules: CompactionRules, overhead: int) -> int | None:
    """The most that may stay, so that the next runs do not ask for the same again: half of what there is to fill."""
    if rules.threshold is None:
        return None
    ratio = rules.min_fold_ratio if rules.enforce_min_fold_ratio else 0.0
    return max(0, min(int(rules.threshold / (1 + ratio)), (rules.threshold - overhead) // 2))


def _tail_start(messages: Sequence[Message], tokens: int) -> int:
    """Where the last messages begin that have no more than these tokens."""
    taken = 0
    for place in range(len(messages), 0, -1):
        taken += tokens_of(messages[place - 1 : place])
        if taken > tokens:
            return place
    return 0


def starts(messages: Sequence[Message]) -> list[int]:
    """Where a conversation may begin: not at a tool's result, nor between a call and its result."""
    callers: dict[str, int] = {}
    needs: list[int] = []
    for place, message in enumerate(messages):
        callers.update({call.id: place for call in message.tool_calls or ()})
        needs.append(callers.get(message.tool_call_id or "", place) if message.role == "tool" else place)
    found: list[int] = []
    lowest = len(messages)
    for place in range(len(messages) - 1, -1, -1):
        lowest = min(lowest, needs[place])
        if lowest >= place and messages[place].role != "tool":
            found.append(place)
    return found[::-1]


def _safe(places: Sequence[int], wanted: int) -> int | None:
    """The last place to begin at that is not after this one; None when that is the beginning."""
    return max((place for place in places if 0 < place <= wanted), default=None)
