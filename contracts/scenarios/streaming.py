"""Streams: which events, in which order, with which fields (core.md §2.7)."""

from contracts.scenario import ONCE, STREAMED, scenario
from contracts.script import Call, Failure, Reply, call, calls, say


@scenario("streaming/content-only", [say("One ", "two ", "three")], ways=ONCE)
def content_only(k):
    k.events("content only", k.agent().run("Count", stream=True))


@scenario("streaming/content-only-tools", [call("count", upto=3), say("One ", "two")], ways=ONCE)
def content_only_tools(k):
    def count(upto: int) -> str:
        """Count."""
        return "1 2 3"

    k.events("content only", k.agent(tools=[count]).run("Count", stream=True))


@scenario("streaming/content-only-error", [Failure("bad_request", "the model dislikes this")], ways=ONCE)
def content_only_error(k):
    k.events("content only", k.agent().run("Something disliked", stream=True))


@scenario("streaming/async-content-only", [say("One ", "two ", "three")], ways=ONCE)
def async_content_only(k):
    async def read():
        return [event async for event in k.agent().arun("Count", stream=True)]

    k.note("content only", k.wait(read()))


@scenario("streaming/output-last", [say("One ", "two")], ways=ONCE)
def output_last(k):
    *told, output = k.agent().run("Count", stream=True, yield_run_output=True)
    k.note("content", told)
    k.note("output", output)


@scenario("streaming/pieces", [say("a", "", " b", "\n", "c", " d")], ways=STREAMED)
def pieces(k):
    k.run(k.agent(), "Spell the alphabet")


@scenario("streaming/no-text", [Reply()], ways=STREAMED)
def no_text(k):
    k.run(k.agent(), "Say nothing at all")


@scenario(
    "streaming/text-and-call", [calls(Call("count", {"upto": 3}), text=("Let me ", "count. ")), say("One ", "two")]
)
def text_and_call(k):
    def count(upto: int) -> str:
        """Count."""
        return "1 2 3"

    k.run(k.agent(tools=[count]), "Count to three")


@scenario("streaming/tool-error", [call("explode"), say("It ", "blew up")])
def tool_error(k):
    def explode() -> str:
        """Explode."""
        raise ValueError("the fuse was lit")

    k.run(k.agent(tools=[explode]), "Press the button")


@scenario("streaming/store-events", [call("count", upto=3), say("One ", "two")], ways=("run", "stream"))
def store_events(k):
    def count(upto: int) -> str:
        """Count."""
        return "1 2 3"

    k.run(k.agent(tools=[count], store_events=True), "Count to three")


@scenario("streaming/cancel", [say("One ", "two ", "three ", "four")], ways=ONCE)
def cancel(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-cancel")
    told = []
    for event in agent.run("Count", stream=True, stream_events=True):
        told.append(event)
        if event.event == "RunContent" and event.content == "two ":
            agent.cancel_run(event.run_id)
    k.note("events", told)
    k.session(agent, "s-cancel")


@scenario("streaming/cancel-before", [say("Never said")], ways=("run", "stream"))
def cancel_before(k):
    agent = k.agent()
    agent.cancel_run("run-of-mine")
    k.run(agent, "Count", run_id="run-of-mine")


@scenario("streaming/event-names", [], ways=ONCE)
def event_names(k):
    names = (
        "run_started", "run_content", "run_content_completed", "run_completed", "run_error", "run_cancelled",
        "run_continued", "run_paused", "tool_call_started", "tool_call_completed", "tool_call_error",
        "model_request_started", "model_request_completed", "memory_update_started", "memory_update_completed",
        "reasoning_started", "reasoning_completed", "reasoning_step", "pre_hook_started", "post_hook_completed",
    )  # fmt: skip
    k.note("names", {name: getattr(k.RunEvent, name, None) for name in names})


@scenario("streaming/event-attributes", [say("One ", "two")], ways=ONCE)
def event_attributes(k):
    for event in k.agent(name="Counter").run("Count", stream=True, stream_events=True):
        if getattr(event, "content", None) != "":
            k.note(event.event, [event.agent_id, event.agent_name, getattr(event, "content", None)])


@scenario("streaming/to-dict", [say("One ", "two")], ways=ONCE)
def to_dict(k):
    k.note("events", [event.to_dict() for event in k.agent().run("Count", stream=True, stream_events=True)])
