"""Whole runs that are tried again."""

from contracts.scenario import scenario
from contracts.script import Failure, call, say


@scenario("plain/agent-retries", [Failure("server", "fell over", times=3), say("Up ", "again")])
def agent_retries(k):
    k.run(k.agent(retries=2, delay_between_retries=0, exponential_backoff=True), "Try hard")


@scenario("plain/agent-retries-used-up", [Failure("server", "fell over")])
def used_up(k):
    k.run(k.agent(retries=1, delay_between_retries=0, db=k.sqlite()), "Try hard", session_id="harbour")


@scenario("plain/agent-retries-with-hooks", [Failure("server", "fell over", times=3), say("Up again")])
def with_hooks(k):
    def before(run_input):
        run_input.input_content += "!"

    k.run(k.agent(retries=1, delay_between_retries=0, pre_hooks=[before]), "Try hard")


@scenario(
    "plain/agent-retries-after-a-tool", [call("step", to="left"), Failure("server", "fell over", times=3), say("There")]
)
def after_a_tool(k):
    def step(to: str) -> str:
        """Step somewhere."""
        return f"stepped {to}"

    k.run(k.agent(tools=[step], retries=1, delay_between_retries=0), "Walk a little")
