"""What an agent reads of its sessions, awaited and not."""

from __future__ import annotations

import asyncio

from agnolo import Agent, InMemoryDb, ScriptedModel


def test_metrics_of_a_session_are_the_sum_of_its_runs() -> None:
    agent = Agent(model=ScriptedModel(["One", "Two"]), db=InMemoryDb(), session_id="s")
    outputs = [agent.run("a"), agent.run("b")]
    metrics = agent.get_session_metrics()
    assert metrics is not None
    assert metrics.total_tokens == sum(one.metrics.total_tokens for one in outputs if one.metrics)
    assert metrics.to_dict()["output_tokens"] == metrics.output_tokens
    assert agent.get_session_metrics("another") is None


def test_awaited_forms_read_the_same() -> None:
    agent = Agent(model=ScriptedModel(["One"]), db=InMemoryDb(), session_id="s", session_state={"a": 1})

    async def read() -> None:
        await agent.arun("Hi")
        assert await agent.aget_session_messages() == agent.get_session_messages()
        assert await agent.aget_chat_history() == agent.get_chat_history()
        assert (await agent.aget_session_messages("none"), await agent.aget_chat_history("none")) == ([], [])
        assert await agent.aget_session_metrics() == agent.get_session_metrics()
        last = await agent.aget_last_run_output()
        assert last is not None
        assert last.content == "One"
        await agent.aset_session_name(session_name="Greeting")
        assert await agent.aget_session_name() == agent.get_session_name() == "Greeting"
        assert await agent.aupdate_session_state({"b": 2}) == agent.get_session_state() == {"a": 1, "b": 2}

    asyncio.run(read())
