"""Approvals on record: asked for when a run waits, decided by whoever may, and held to the call that was shown."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from agnolo import Agent, InMemoryDb, RunOutput, RunStatus, ScriptedModel, SqliteDb, tool
from agnolo.ports.approval import approval
from agnolo.ports.journal import Finish
from agnolo.ports.store import Store
from agnolo.providers.scripted import Answer, Say
from agnolo.storage.sql_store import SqlStore
from agnolo.vocabulary.approvals import ApprovalPendingError
from agnolo.vocabulary.errors import ApprovalMismatchError, StorageError
from agnolo.vocabulary.sessions import Scope

NORTH = Say(calls=[("unlock", {"door": "north"})])


class Guard:
    """An agent that unlocks doors once it may, and what it did."""

    def __init__(self, replies: list[Answer], db: Store | None, kind: str = "required", **waits: Any) -> None:
        self.done: list[str] = []

        options: dict[str, Any] = waits or {"requires_confirmation": True}

        @approval(type=kind)
        @tool(**options)
        def unlock(door: str, reason: str = "") -> str:
            """Unlock a door."""
            self.done.append(f"{door} {reason}".strip())
            return f"unlocked {door}"

        @tool(requires_confirmation=True)
        def ring(bell: str) -> str:
            """Ring a bell."""
            self.done.append(f"ring {bell}")
            return "rung"

        self.model = ScriptedModel(replies)
        self.agent = Agent(
            id="guard", name="Guard", model=self.model, tools=[unlock, ring], db=db, session_id="s", user_id="ada"
        )

    @property
    def db(self) -> SqlStore:
        assert isinstance(self.agent.db, SqlStore)
        return self.agent.db

    def record(self, **wanted: Any) -> dict[str, Any]:
        (found,), total = self.db.get_approvals(**wanted)
        assert total == 1
        return found

    def decide(self, status: str, **more: Any) -> None:
        waiting = self.record(status="pending")
        assert self.db.update_approval(waiting["id"], expected_status="pending", status=status, **more) is not None

    def read(self) -> list[str | None]:
        return [str(m.content) for m in self.model.requests[-1].messages if m.role == "tool"]


def test_a_pause_puts_the_call_on_record() -> None:
    guard = Guard([NORTH], InMemoryDb())
    output = guard.agent.run("Unlock")
    record = guard.record()
    assert output.tools is not None and output.tools[0].approval_id == record["id"]
    assert output.active_requirements[0].tool_execution.approval_id == record["id"]
    told = {name: value for name, value in record.items() if value is not None and not name.endswith("_at")}
    del told["id"], told["requirements"]
    assert told == {
        "run_id": output.run_id, "session_id": "s", "status": "pending", "source_type": "agent", "user_id": "ada",
        "approval_type": "required", "pause_type": "confirmation", "tool_name": "unlock", "agent_id": "guard",
        "tool_args": {"door": "north"}, "source_name": "Guard", "run_status": "PAUSED",
        "context": {"tool_names": ["unlock"], "source_name": "Guard"},
    }  # fmt: skip


def test_an_approval_on_record_is_decided_in_another_process(tmp_path: Path) -> None:
    before = Guard([NORTH], SqliteDb(tmp_path / "approvals.db"))
    run_id = before.agent.run("Unlock").run_id
    before.db.close()
    elsewhere = SqliteDb(tmp_path / "approvals.db")
    (record,), _ = elsewhere.get_approvals(status="pending")
    elsewhere.update_approval(record["id"], status="approved", resolved_by="bob")
    elsewhere.close()
    after = Guard(["Done."], SqliteDb(tmp_path / "approvals.db"))
    output = after.agent.continue_run(run_id=run_id)
    assert (output.content, after.done, after.record()["run_status"]) == ("Done.", ["north"], "COMPLETED")
    assert output.metadata is not None and output.metadata["approval"]["resolved_by"] == "bob"


@pytest.mark.parametrize("only_on_record", [False, True])
def test_nothing_goes_on_before_the_decision(only_on_record: bool) -> None:
    guard = Guard([NORTH], InMemoryDb())
    run_id = guard.agent.run("Unlock").run_id
    with pytest.raises(ApprovalPendingError, match=r"an approval of unlock\(\{'door': 'north'\}\).* is pending"):
        guard.agent.continue_run(run_id=run_id, only_on_record=only_on_record)
    assert (guard.done, guard.record()["run_status"]) == ([], "PAUSED")


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_an_approval_that_ran_out_lets_nothing_happen(status: str) -> None:
    guard = Guard([NORTH], InMemoryDb())
    run_id = guard.agent.run("Unlock").run_id
    guard.decide(status)
    with pytest.raises(ApprovalPendingError, match=f"is {status}"):
        guard.agent.continue_run(run_id=run_id)


def test_a_run_whose_approval_was_deleted_waits_for_ever() -> None:
    guard = Guard([NORTH], InMemoryDb())
    run_id = guard.agent.run("Unlock").run_id
    guard.db.delete_approval(guard.record()["id"])
    with pytest.raises(ApprovalPendingError, match="there is none on record"):
        guard.agent.continue_run(run_id=run_id)


def test_a_rejection_on_record_is_told_to_the_model() -> None:
    guard = Guard([NORTH, "Shut."], InMemoryDb())
    run_id = guard.agent.run("Unlock").run_id
    guard.decide("rejected", resolution_data={"note": "not at night"})
    output = guard.agent.continue_run(run_id=run_id)
    assert (output.content, guard.done, guard.read()) == ("Shut.", [], ["not at night"])


def test_a_program_may_confirm_but_not_against_a_rejection_on_record() -> None:
    free = Guard([NORTH, "Done."], InMemoryDb())
    output = free.agent.run("Unlock")
    output.active_requirements[0].confirm()
    free.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    assert (free.done, free.record()["status"], free.record()["run_status"]) == (["north"], "pending", "COMPLETED")
    bound = Guard([NORTH, "Shut."], InMemoryDb())
    output = bound.agent.run("Unlock")
    bound.decide("rejected")
    output.active_requirements[0].confirm()
    bound.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    assert bound.done == []


def test_what_is_said_does_not_count_where_only_the_record_does() -> None:
    guard = Guard([NORTH, "Done."], InMemoryDb())
    output = guard.agent.run("Unlock")
    output.active_requirements[0].confirm()
    with pytest.raises(ApprovalPendingError):
        guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements, only_on_record=True)
    guard.decide("approved")
    guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements, only_on_record=True)
    assert guard.done == ["north"]


def test_without_a_store_there_is_no_record_and_the_program_decides() -> None:
    guard = Guard([NORTH, "Done."], None)
    output = guard.agent.run("Unlock")
    output.active_requirements[0].confirm()
    assert output.active_requirements == []
    assert (guard.agent.continue_run(output).content, guard.done) == ("Done.", ["north"])


def test_an_approval_does_not_hold_for_other_arguments() -> None:
    """An approved record under whose id a call with other arguments waits: as if rows were edited."""
    guard = Guard([NORTH, Say(calls=[("unlock", {"door": "vault"})]), "Never"], InMemoryDb())
    first = guard.agent.run("Unlock")
    guard.decide("approved")
    approved = guard.record()
    second = guard.agent.run("Unlock the vault")
    other = guard.record(status="pending")
    guard.db.delete_approval(other["id"])
    guard.db.delete_approval(approved["id"])
    forged = {**approved, "id": other["id"], "run_id": second.run_id, "tool_args": {"door": "vault"}}
    guard.db.create_approval(forged)
    with pytest.raises(ApprovalMismatchError, match=r"was not asked for unlock\(\{'door': 'vault'\}\)"):
        guard.agent.continue_run(run_id=second.run_id)
    assert (guard.done, first.run_id != second.run_id) == ([], True)


def test_user_input_and_results_come_from_the_record() -> None:
    asked = Guard([NORTH, "Done."], InMemoryDb(), requires_user_input=True, user_input_fields=["reason"])
    run_id = asked.agent.run("Unlock").run_id
    assert asked.record()["pause_type"] == "user_input"
    asked.decide("approved", resolution_data={"values": {"reason": "fire"}})
    asked.agent.continue_run(run_id=run_id)
    assert asked.done == ["north fire"]
    away = Guard([NORTH, "Done."], InMemoryDb(), external_execution=True)
    run_id = away.agent.run("Unlock").run_id
    assert away.record()["pause_type"] == "external_execution"
    away.decide("approved", resolution_data={"result": "opened by hand"})
    away.agent.continue_run(run_id=run_id)
    assert (away.done, away.read()) == ([], ["opened by hand"])


@pytest.mark.parametrize("waits", [{"requires_user_input": True}, {"external_execution": True}])
def test_calls_of_every_kind_can_be_rejected_on_record(waits: dict[str, Any]) -> None:
    guard = Guard([NORTH, "Shut."], InMemoryDb(), **waits)
    run_id = guard.agent.run("Unlock").run_id
    guard.decide("rejected")
    output = guard.agent.continue_run(run_id=run_id)
    assert output.tools is not None
    assert (output.content, guard.done, output.tools[0].confirmed) == ("Shut.", [], False)


def test_an_approval_may_be_completed_by_the_program() -> None:
    guard = Guard([NORTH, "Done."], InMemoryDb(), requires_user_input=True, user_input_fields=["reason"])
    output = guard.agent.run("Unlock")
    guard.decide("approved")
    output.active_requirements[0].provide_user_input({"reason": "fire"})
    guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements, only_on_record=True)
    assert guard.done == ["north fire"]


def test_one_record_covers_the_calls_of_a_pause_and_the_next_pause_has_its_own() -> None:
    calls = [("unlock", {"door": "north"}), ("ring", {"bell": "big"}), ("unlock", {"door": "south"})]
    guard = Guard([Say(calls=calls), Say(calls=[("unlock", {"door": "west"})]), "Done."], InMemoryDb())
    output = guard.agent.run("Unlock")
    assert (guard.record()["context"]["tool_names"], len(guard.record()["requirements"])) == (["unlock", "unlock"], 3)
    output.active_requirements[1].confirm()
    half = guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    assert (half.status, guard.done, guard.record()["status"]) == (RunStatus.paused, ["ring big"], "pending")
    guard.decide("approved")
    paused = guard.agent.continue_run(run_id=output.run_id)
    assert (paused.status, guard.done) == (RunStatus.paused, ["ring big", "north", "south"])
    assert guard.record(status="pending")["tool_args"] == {"door": "west"}
    guard.decide("approved")
    assert guard.agent.continue_run(run_id=output.run_id).content == "Done."


def test_decisions_are_on_record_for_audit() -> None:
    guard = Guard([NORTH, NORTH, "Done."], InMemoryDb(), "audit")
    output = guard.agent.run("Unlock")
    assert guard.db.get_approvals() == ([], 0)
    output.active_requirements[0].confirm()
    output = guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    output.active_requirements[0].reject("once is enough")
    guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    found, total = guard.db.get_approvals(approval_type="audit")
    assert (total, sorted(one["status"] for one in found)) == (2, ["approved", "rejected"])
    assert {one["run_status"] for one in found} == {"COMPLETED"}


@pytest.mark.parametrize("said", ["approved", "rejected"])
def test_a_decision_that_a_crash_came_after_is_on_record_once(said: str, tmp_path: Path) -> None:
    class Failing(SqliteDb):
        """Dies when the run ends."""

        dead = False

        def finish(self, scope: Scope, finish: Finish) -> Future[None]:
            if self.dead:
                raise StorageError("gone")
            return super().finish(scope, finish)

    db = Failing(tmp_path / "approvals.db")
    guard = Guard([NORTH, "Done."], db, "audit")
    output = guard.agent.run("Unlock")
    requirement = output.active_requirements[0]
    requirement.confirm() if said == "approved" else requirement.reject()
    db.dead = True
    guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements)
    assert db.get_approvals() == ([], 0)
    db.close()
    again = Guard(["Done."], SqliteDb(tmp_path / "approvals.db"), "audit")
    assert again.agent.continue_run(run_id=output.run_id).status is RunStatus.completed
    assert again.record()["status"] == said
    assert again.done == []


def test_a_pause_that_could_not_be_stored_asks_for_nothing() -> None:
    class Failing(InMemoryDb):
        """Fails to store the first end."""

        failed = False

        def finish(self, scope: Scope, finish: Finish) -> Future[None]:
            if not self.failed:
                self.failed = True
                raise StorageError("not now")
            return super().finish(scope, finish)

    guard = Guard([NORTH], Failing())
    output = guard.agent.run("Unlock")
    assert (output.status, output.content, guard.db.get_approvals()) == (RunStatus.error, "not now", ([], 0))


def test_a_run_without_approvals_looks_for_none() -> None:
    guard = Guard([Say(calls=[("ring", {"bell": "big"})]), "Done."], InMemoryDb())
    output = guard.agent.run("Ring")
    output.active_requirements[0].confirm()
    assert guard.agent.continue_run(run_id=output.run_id, requirements=output.requirements).content == "Done."
    assert guard.db.get_approvals() == ([], 0)


def test_approvals_are_decided_on_the_event_loop() -> None:
    guard = Guard([NORTH, "Done."], InMemoryDb())

    async def whole() -> RunOutput:
        paused = await guard.agent.arun("Unlock")
        guard.decide("approved")
        return await guard.agent.acontinue_run(run_id=paused.run_id)

    assert (asyncio.run(whole()).content, guard.done) == ("Done.", ["north"])
