"""Hard budgets of runs, sessions and users: tokens, money, requests and time, set aside before each model request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agnolo import Agent, InMemoryDb, Limits, RunOutput, RunStatus, ScriptedModel, SqliteDb
from agnolo.ports.model import ModelEvent, ModelReply, ModelRequest, TextDelta
from agnolo.ports.spending import Amounts, Price, Purse
from agnolo.providers.scripted import Say
from agnolo.runtime.clock import virtual_time
from agnolo.storage.bookkeeping import HOLD_SECONDS
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.events import BudgetWarningEvent, RunErrorEvent
from agnolo.vocabulary.metrics import MessageMetrics, TokenCounts
from agnolo.vocabulary.sessions import Scope

DOLLAR_A_TOKEN = {"m": Price(input=1e6, output=1e6)}


def look(what: str) -> str:
    """Look something up."""
    return f"{what} found"


class Metered(ScriptedModel):
    """Says one word and states what it counted, or what `cost` says."""

    def __init__(self, *, tokens: int = 100, cost: float | None = None, calls: bool = False) -> None:
        say = Say(text="ok", calls=[("look", {"what": "a"})] if calls else [])
        super().__init__([say], id="m", loop=True)
        self.provider = "Elsewhere"
        self._metrics = MessageMetrics(input_tokens=tokens - 1, output_tokens=1, total_tokens=tokens, cost=cost)

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        async for item in super().exchange(request):
            if isinstance(item, ModelReply):
                yield ModelReply(content=item.content, tool_calls=item.tool_calls, metrics=self._metrics)
            else:
                yield item


def spent(agent: Agent, kind: Any, owner: str, since: int = 0) -> Amounts:
    assert agent.db is not None
    return agent.db.get_spending(Scope(), Purse(kind=kind, id=owner, since=since)).result()


def test_tokens_of_a_run_are_set_aside_and_the_answer_is_held_to_what_is_left() -> None:
    model = Metered(tokens=100, calls=True)
    output = Agent(model=model, tools=[look], limits=Limits(max_total_tokens=350, answer_tokens=200)).run("go")
    caps = [request.max_output_tokens for request in model.requests]
    assert output.status is RunStatus.error
    assert "of max_total_tokens=350" in output.content and "limits=Limits(...)" in output.content
    assert caps[0] == 200
    assert all(later is not None and later < 200 for later in caps[1:])
    assert [m.role for m in output.messages][:3] == ["user", "assistant", "tool"]
    assert output.metrics is not None and output.metrics.total_tokens == 100 * len(caps)


def test_without_limits_of_tokens_or_money_the_answer_is_not_capped() -> None:
    model = Metered()
    assert Agent(model=model, limits=Limits(max_model_requests=1)).run("go").status is RunStatus.completed
    assert model.requests[0].max_output_tokens is None


def test_money_is_counted_by_the_given_price() -> None:
    model = Metered(tokens=100, calls=True)
    limits = Limits(max_cost=250, prices=DOLLAR_A_TOKEN)
    output = Agent(model=model, tools=[look], limits=limits).run("go")
    assert (output.status, len(model.requests)) == (RunStatus.error, 2)
    assert "the run has used 200 of max_cost=250" in output.content


def test_money_is_counted_as_the_provider_states_it() -> None:
    model = Metered(cost=3.0, calls=True)
    output = Agent(
        model=model, tools=[look], limits=Limits(max_cost=5, prices={"m": Price(input=0.0, output=0.0)})
    ).run("go")
    assert (output.status, len(model.requests)) == (RunStatus.error, 2)
    assert "the run has used 6 of max_cost=5" in output.content


def test_a_model_without_a_known_price_is_refused_when_money_is_limited() -> None:
    output = Agent(model=Metered(), limits=Limits(max_cost=1)).run("go")
    assert output.status is RunStatus.error
    assert "price of 'm' (Elsewhere) is not known" in output.content and "Limits(prices=" in output.content


def test_models_on_this_machine_cost_nothing() -> None:
    output = Agent(model=ScriptedModel(["hi"]), limits=Limits(max_cost=0.01)).run("go")
    assert output.status is RunStatus.completed


@pytest.mark.parametrize("kind", ["session", "user"])
def test_spending_of_sessions_and_users_lasts_from_run_to_run(kind: str, tmp_path: Path) -> None:
    def agent() -> Agent:
        limits: dict[str, Any] = {f"{kind}_limits": Limits(max_total_tokens=200, answer_tokens=50)}
        return Agent(model=Metered(), db=SqliteDb(str(tmp_path / "a.db")), session_id="s", user_id="u", **limits)

    outputs = [agent().run("go") for _ in range(4)]
    assert [output.status for output in outputs] == [RunStatus.completed] * 2 + [RunStatus.error] * 2
    assert f"the {kind} has used 200 of max_total_tokens=200" in outputs[-1].content
    assert f"{kind}_limits=Limits(...)" in outputs[-1].content
    assert spent(agent(), kind, kind[0]).total_tokens == 200
    assert spent(agent(), kind, kind[0]).model_requests == 2
    other = agent().run("go", session_id="other", user_id="other")
    assert other.status is RunStatus.completed


def test_deleting_a_session_does_not_give_its_user_the_money_back() -> None:
    agent = Agent(model=Metered(), db=InMemoryDb(), user_id="u", user_limits=Limits(max_model_requests=1))
    agent.run("go", session_id="s")
    agent.delete_session("s")
    assert agent.run("go").status is RunStatus.error


@pytest.mark.parametrize("kind", ["session", "user"])
def test_limits_of_sessions_and_users_need_a_store(kind: str) -> None:
    limits: dict[str, Any] = {f"{kind}_limits": Limits(max_cost=1)}
    with pytest.raises(ConfigurationError, match=f"{kind}_limits are counted in the store"):
        Agent(model=ScriptedModel(["hi"]), **limits).run("go")


def test_a_period_begins_anew_each_day_and_each_month() -> None:
    with virtual_time() as clock:
        limits = Limits(max_model_requests=1, period="day")
        agent = Agent(model=Metered(), db=InMemoryDb(), user_id="u", user_limits=limits)
        monthly = Agent(
            model=Metered(), db=InMemoryDb(), user_id="u", user_limits=Limits(max_model_requests=1, period="month")
        )
        first = [agent.run("go").status, agent.run("go").status, monthly.run("go").status]
        clock.advance(86_400)
        second = [agent.run("go").status, monthly.run("go").status]
        clock.advance(31 * 86_400)
        third = monthly.run("go").status
    assert first == [RunStatus.completed, RunStatus.error, RunStatus.completed]
    assert second == [RunStatus.completed, RunStatus.error]
    assert third is RunStatus.completed


def test_a_period_is_none_of_a_run() -> None:
    with pytest.raises(ConfigurationError, match="a period is of sessions and users"):
        Agent(model=ScriptedModel(["hi"]), limits=Limits(period="day")).run("go")


@pytest.mark.parametrize("wrong", [{"max_cost": -1}, {"answer_tokens": 0}])
def test_limits_that_can_not_be_meant_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(wrong))):
        Limits(**wrong)


def test_most_of_a_limit_used_is_told_once() -> None:
    model = Metered(tokens=90, calls=True)
    limits = Limits(max_model_requests=100, max_total_tokens=400, answer_tokens=20)
    events = list(Agent(model=model, tools=[look], limits=limits).run("go", stream=True, stream_events=True))
    told = [e for e in events if isinstance(e, BudgetWarningEvent)]
    assert [(e.owner, e.limit, e.used, e.allowed) for e in told] == [("run", "max_total_tokens", 360, 400)]
    assert isinstance(events[-1], RunErrorEvent)


def test_a_users_warning_names_the_user() -> None:
    agent = Agent(model=Metered(), db=InMemoryDb(), user_id="u", user_limits=Limits(max_model_requests=1))
    events = list(agent.run("go", stream=True, stream_events=True))
    assert [(e.owner, e.limit) for e in events if isinstance(e, BudgetWarningEvent)] == [("user", "max_model_requests")]


@settings(max_examples=25, deadline=None)
@given(runs=st.integers(2, 8), limit=st.integers(100, 1500), tokens=st.integers(60, 200))
def test_runs_side_by_side_never_pass_a_users_limit_by_more_than_one_reservation(
    runs: int, limit: int, tokens: int
) -> None:
    agent = Agent(
        model=Metered(tokens=tokens), db=InMemoryDb(), user_limits=Limits(max_total_tokens=limit, answer_tokens=200)
    )

    async def all_at_once() -> list[RunOutput]:
        return await asyncio.gather(*(agent.arun("go", user_id="u", session_id=str(i)) for i in range(runs)))

    outputs = asyncio.run(all_at_once())
    done = sum(output.status is RunStatus.completed for output in outputs)
    total = spent(agent, "user", "u").total_tokens
    assert total == done * tokens
    assert total <= limit + tokens


def test_what_a_run_under_way_has_set_aside_is_not_anothers() -> None:
    entered, leave = threading.Event(), threading.Event()

    def answer(request: ModelRequest) -> str:
        entered.set()
        assert leave.wait(10)
        return "done"

    limits = Limits(max_model_requests=1)
    agent = Agent(model=ScriptedModel([answer], loop=True), db=InMemoryDb(), user_id="u", user_limits=limits)
    outputs: list[RunOutput] = []
    thread = threading.Thread(target=lambda: outputs.append(agent.run("slow", session_id="1")))
    thread.start()
    assert entered.wait(10)
    second = agent.run("quick", session_id="2")
    leave.set()
    thread.join()
    assert second.status is RunStatus.error
    assert outputs[0].status is RunStatus.completed


def test_what_a_dead_process_had_set_aside_is_forgotten_after_a_while() -> None:
    with virtual_time() as clock:
        agent = Agent(model=Metered(), db=InMemoryDb(), user_id="u", user_limits=Limits(max_model_requests=1))
        assert agent.db is not None
        purse = Purse(kind="user", id="u")
        agent.db.set_aside(Scope(), "dead", [purse], lambda _: Amounts(model_requests=1), int(clock.time())).result()
        refused = agent.run("go").status
        clock.advance(HOLD_SECONDS + 1)
        allowed = agent.run("go").status
    assert (refused, allowed) == (RunStatus.error, RunStatus.completed)


def test_a_request_that_failed_without_a_word_costs_nothing_and_one_that_broke_off_what_was_set_aside() -> None:
    class Breaking(Metered):
        def __init__(self, words: int) -> None:
            super().__init__()
            self._words = words

        async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
            for _ in range(self._words):
                yield TextDelta("word ")
            raise ConnectionError("gone")

    def booked(words: int) -> Amounts:
        limits = Limits(max_total_tokens=1000, answer_tokens=100)
        agent = Agent(model=Breaking(words), db=InMemoryDb(), user_id="u", user_limits=limits)
        assert agent.run("go", stream=False).status is RunStatus.error
        return spent(agent, "user", "u")

    assert (booked(0).model_requests, booked(0).total_tokens) == (1, 0)
    assert booked(2).model_requests == 1
    assert 100 < booked(2).total_tokens < 120


class Silent(Metered):
    """Never answers."""

    loop_bound = True

    async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
        await asyncio.Event().wait()
        yield TextDelta("never")


@pytest.mark.parametrize("way", ["run", "arun"])
def test_a_run_whose_time_is_up_ends_while_the_model_is_silent(way: str) -> None:
    agent = Agent(model=Silent(), limits=Limits(max_seconds=0.05), db=InMemoryDb())

    async def awaited() -> RunOutput:
        return await agent.arun("go")

    output = agent.run("go") if way == "run" else asyncio.run(awaited())
    assert output.status is RunStatus.error
    assert "max_seconds=0.05" in output.content


def test_a_talkative_model_in_process_is_stopped_when_time_is_up_with_what_it_said() -> None:
    with virtual_time() as clock:

        class Slow(Metered):
            async def exchange(self, request: ModelRequest) -> AsyncIterator[ModelEvent]:
                while True:
                    clock.advance(2)
                    yield TextDelta("word ")

        output = Agent(model=Slow(), limits=Limits(max_seconds=5)).run("go", stream=False)
    assert output.status is RunStatus.error
    assert output.messages[-1].content == "word word word "


def test_a_tool_that_waits_past_the_runs_time_is_left_and_said_so() -> None:
    async def wait() -> str:
        """Wait for ever."""
        await asyncio.Event().wait()
        return "never"

    model = ScriptedModel([Say(calls=[("wait", {})])], loop=True)
    output = Agent(model=model, tools=[wait], limits=Limits(max_seconds=0.05)).run("go")
    assert output.status is RunStatus.error
    (result,) = [m for m in output.messages if m.role == "tool"]
    assert result.content == "The run's time was up before wait finished."


def test_a_run_that_goes_on_has_used_what_it_used_before() -> None:
    db = InMemoryDb()
    failing = ScriptedModel([Say(calls=[("look", {"what": "a"})]), ConnectionError("gone")], id="m")
    agent = Agent(model=failing, tools=[look], db=db, limits=Limits(max_model_requests=3))
    first = agent.run("go")
    agent.model = Metered(calls=True)
    again = agent.continue_run(first.run_id)
    assert again.status is RunStatus.error
    assert "the run has used 3 of max_model_requests=3" in again.content


def test_prices_follow_length_and_cached_tokens() -> None:
    price = Price(input=2, output=10, cache_read=0.5, steps=[Price(input=4, output=20, above=200)])
    short = TokenCounts(input_tokens=100, output_tokens=10, cache_read_tokens=40)
    beside = TokenCounts(input_tokens=10, output_tokens=0, cache_read_tokens=40, cache_write_tokens=10)
    long = TokenCounts(input_tokens=300, output_tokens=1)
    assert price.cost(short) == pytest.approx((60 * 2 + 40 * 0.5 + 10 * 10) / 1e6)
    assert price.cost(beside) == pytest.approx((10 * 2 + 40 * 0.5 + 10 * 2) / 1e6)
    assert price.cost(long) == pytest.approx((300 * 4 + 20) / 1e6)
