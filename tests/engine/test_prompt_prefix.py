"""Property: the bytes before the first thing that changes are equal from turn to turn."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo import Agent, InMemoryDb, ScriptedModel
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_request import Wording, encode
from agnolo.runtime.clock import virtual_time

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="{}"), min_size=1, max_size=12)
VOLATILE = (b"The current time is", b"<session_state>", b"<memories_from_previous_interactions>")
AGENTS = st.fixed_dictionaries(
    {},
    optional={
        "description": TEXT,
        "role": TEXT,
        "instructions": st.lists(TEXT, max_size=3),
        "expected_output": TEXT,
        "additional_context": TEXT,
        "markdown": st.booleans(),
        "add_name_to_context": st.booleans(),
        "add_datetime_to_context": st.booleans(),
        "add_session_state_to_context": st.booleans(),
        "additional_input": st.lists(TEXT, max_size=2),
    },
)


def prefix(model: ScriptedModel, turn: int) -> bytes:
    """The messages of a turn as OpenAI gets them, up to the first section that is said to change."""
    body = encode(model.requests[turn], Wording(model="m", dialect=ROWS["openai"].site.dialect, parameters={}))
    sent = json.dumps(json.loads(body)["messages"], ensure_ascii=False).encode().removesuffix(b"]")
    return sent[: min((at for mark in VOLATILE if (at := sent.find(mark)) >= 0), default=len(sent))]


@settings(max_examples=40, deadline=None)
@given(options=AGENTS, turns=st.lists(TEXT, min_size=2, max_size=4), counted=st.booleans())
def test_a_prompt_begins_with_the_same_bytes_every_turn(options: Any, turns: list[str], counted: bool) -> None:
    def note(session_state: dict[str, Any]) -> str:
        """Note."""
        return str(session_state.setdefault("turn", 0))

    model = ScriptedModel(["answer"], loop=True)
    agent = Agent(
        name="Keeper",
        model=model,
        db=InMemoryDb(),
        session_id="s",
        session_state={"turn": 0},
        tools=[note] if counted else None,
        add_history_to_context=True,
        num_history_runs=9,
        **options,
    )
    with virtual_time() as clock:
        for n, asked in enumerate(turns):
            agent.run(asked, session_state={"turn": n})
            clock.advance(60)
    prompts = [prefix(model, n) for n in range(len(turns))]
    for before, after in pairwise(prompts):
        assert after.startswith(before)
