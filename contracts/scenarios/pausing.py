"""Runs that wait for a person: several calls, several pauses, other forms of continuing (core.md §2.6, §4.3)."""

from contracts.scenario import WHOLE, scenario
from contracts.script import Call, call, calls, say

SESSION = "s-desk"


def desk(k, *, db=True, **options):
    @k.tool(requires_confirmation=True)
    def post(to: str) -> str:
        """Post a letter."""
        return f"posted to {to}"

    @k.tool(requires_user_input=True)
    def note(title: str, body: str = "") -> str:
        """Keep a note.

        Args:
            title (str): What it is about.
            body: What it says.
        """
        return f"noted {title}: {body}"

    @k.tool(external_execution=True)
    def phone(number: str) -> str:
        """Call somebody."""
        raise RuntimeError("never called here")

    def look(where: str) -> str:
        """Look somewhere."""
        return f"seen {where}"

    store = {"db": k.InMemoryDb()} if db else {}
    return k.agent(tools=[post, note, phone, look], session_id=SESSION, **store, **options)


def go_on(k, agent, output, **options):
    return k.resume(agent, run_id=output.run_id, session_id=SESSION, requirements=output.requirements, **options)


@scenario(
    "pausing/beside-others", [calls(Call("post", {"to": "Ada"}), Call("look", {"where": "left"})), say("Both are done")]
)
def beside_others(k):
    agent = desk(k)
    output = k.run(agent, "Post and look")
    output.active_requirements[0].confirm()
    go_on(k, agent, output)


@scenario("pausing/two-pauses", [call("post", to="Ada"), call("post", to="Bob"), say("Both are posted")], ways=WHOLE)
def two_pauses(k):
    agent = desk(k)
    first = k.run(agent, "Post two letters")
    first.active_requirements[0].confirm()
    second = go_on(k, agent, first)
    second.active_requirements[0].confirm()
    go_on(k, agent, second)


@scenario("pausing/rejected-silently", [call("post", to="Ada"), say("Not posted")], ways=WHOLE)
def rejected_silently(k):
    agent = desk(k)
    output = k.run(agent, "Post a letter")
    output.active_requirements[0].reject()
    go_on(k, agent, output)


@scenario("pausing/rejected-events", [call("post", to="Ada"), say("Not posted")], ways=("stream",))
def rejected_events(k):
    agent = desk(k)
    output = k.run(agent, "Post a letter")
    output.active_requirements[0].reject("Too late for that today")
    go_on(k, agent, output)


@scenario("pausing/all-input", [call("note", title="Tea"), say("Noted")])
def all_input(k):
    agent = desk(k)
    output = k.run(agent, "Keep a note")
    output.active_requirements[0].provide_user_input({"title": "Coffee", "body": "black"})
    go_on(k, agent, output)


@scenario("pausing/external-events", [call("phone", number="117"), say("They answered")], ways=("stream",))
def external_events(k):
    agent = desk(k)
    output = k.run(agent, "Call somebody")
    output.active_requirements[0].set_external_execution_result("nobody there")
    go_on(k, agent, output)


@scenario("pausing/without-a-store", [call("post", to="Ada"), say("It is posted")], ways=WHOLE)
def without_a_store(k):
    agent = desk(k, db=False)
    output = k.run(agent, "Post a letter")
    output.active_requirements[0].confirm()
    k.resume(agent, run_response=output)


@scenario("pausing/by-tools", [call("post", to="Ada"), say("It is posted")], ways=WHOLE)
def by_tools(k):
    agent = desk(k)
    output = k.run(agent, "Post a letter")
    for tool in output.tools_requiring_confirmation:
        tool.confirmed = True
    k.resume(agent, run_response=output)


@scenario("pausing/read-back", [call("post", to="Ada"), say("It is posted")], ways=("run",))
def read_back(k):
    agent = desk(k)
    k.run(agent, "Post a letter")
    output = agent.get_last_run_output(session_id=SESSION)
    k.note("stored", output)
    output.active_requirements[0].confirm()
    go_on(k, agent, output)
    k.session(agent, SESSION)


@scenario("pausing/requirement", [call("note", title="Tea")], ways=("run",))
def requirement(k):
    output = k.run(desk(k), "Keep a note")
    one = output.active_requirements[0]
    k.note(
        "needs", [one.needs_confirmation, one.needs_user_input, one.needs_user_feedback, one.needs_external_execution]
    )
    k.note("pause type", one.pause_type)
    k.attempt("confirm", one.confirm)
    one.provide_user_input({"body": "black"})
    k.note("resolved", one.is_resolved())
    k.note("as a dict", one.to_dict())
    k.note("read back", k.RunRequirement.from_dict(one.to_dict()).to_dict())


@scenario("pausing/undecided", [call("post", to="Ada"), say("Not posted")], ways=("run",))
def undecided(k):
    agent = desk(k)
    output = k.run(agent, "Post a letter")
    k.resume(agent, run_id=output.run_id, session_id=SESSION)


@scenario("pausing/completed-with-input", [say("It is four"), say("It is five")])
def completed_with_input(k):
    agent = desk(k)
    output = k.run(agent, "What time is it")
    k.resume(agent, run_id=output.run_id, session_id=SESSION, input="And an hour later")


@scenario("pausing/fork", [call("look", where="left"), say("A tree"), say("A house")], ways=WHOLE)
def fork(k):
    agent = desk(k)
    output = k.run(agent, "Look around")
    k.resume(agent, run_id=output.run_id, session_id=SESSION, fork=True, continue_from="last_user")


@scenario("pausing/regenerate", [call("look", where="left"), say("A tree"), say("A large tree")])
def regenerate(k):
    agent = desk(k)
    output = k.run(agent, "Look around")
    k.resume(
        agent, run_id=output.run_id, session_id=SESSION, regenerate=True, additional_instructions="Say how large it is"
    )
    k.note("statuses", [run.status for run in agent.get_session(session_id=SESSION).runs])


@scenario("pausing/contradictions", [say("It is four")], ways=("run",))
def contradictions(k):
    agent = desk(k)
    output = k.run(agent, "What time is it")
    where = {"run_id": output.run_id, "session_id": SESSION}
    k.attempt("no run", lambda: agent.continue_run())
    k.attempt("two inputs", lambda: agent.continue_run(**where, input="Why", additional_instructions="Why"))
    k.attempt("replace", lambda: agent.continue_run(**where, replace_original=True))
    k.attempt("both", lambda: agent.continue_run(**where, regenerate=True, fork=True))
    k.attempt("place", lambda: agent.continue_run(**where, continue_from="somewhere"))
    k.attempt("unknown", lambda: agent.continue_run(run_id="nope", session_id=SESSION))


@scenario("pausing/toolkit", [call("post", to="Ada"), call("phone", number="117"), say("Both are done")], ways=WHOLE)
def toolkit(k):
    def post(to: str) -> str:
        """Post a letter."""
        return f"posted to {to}"

    def phone(number: str) -> str:
        """Call somebody."""
        return f"called {number}"

    kit = k.Toolkit(
        name="desk",
        tools=[post, phone],
        requires_confirmation_tools=["post"],
        external_execution_required_tools=["phone"],
    )
    agent = k.agent(tools=[kit], db=k.InMemoryDb(), session_id=SESSION)
    first = k.run(agent, "Post and call")
    first.active_requirements[0].confirm()
    second = go_on(k, agent, first)
    second.active_requirements[0].set_external_execution_result("nobody there")
    go_on(k, agent, second)


@scenario("pausing/approval", [call("post", to="Ada"), say("It is posted")], ways=WHOLE)
def approval(k):
    @k.approval(type="audit")
    @k.tool(requires_confirmation=True)
    def post(to: str) -> str:
        """Post a letter."""
        return f"posted to {to}"

    agent = k.agent(tools=[post], db=k.InMemoryDb(), session_id=SESSION)
    output = k.run(agent, "Post a letter")
    output.active_requirements[0].confirm()
    go_on(k, agent, output)
