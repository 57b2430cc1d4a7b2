"""Small facts of the classes that users hold (core.md §2.1, §2.2)."""

import asyncio

from contracts.scenario import ONCE, scenario
from contracts.script import say


@scenario("surface/ids", [], ways=ONCE)
def ids(k):
    k.note("slug", k.agent(name="My Own Agent!").id)
    k.note("given", k.agent(name="My Own Agent", id="mine").id)


@scenario("surface/statuses", [], ways=ONCE)
def statuses(k):
    names = ("pending", "running", "completed", "paused", "cancelled", "error")
    k.note("values", {name: getattr(k.RunStatus, name).value for name in names})


@scenario("surface/defaults", [], ways=ONCE)
def defaults(k):
    agent = k.Agent()
    names = ("name", "description", "instructions", "markdown", "tools", "db", "add_history_to_context", "stream",
             "num_history_runs", "tool_call_limit", "output_schema", "use_json_mode", "parse_response", "store_events",
             "resolve_in_context", "build_context", "system_message_role", "retries", "read_chat_history")  # fmt: skip
    k.note("defaults", {name: getattr(agent, name) for name in names})


@scenario("surface/plain-arun", [say("Fine")], ways=ONCE)
def plain_arun(k):
    agent = k.agent()
    k.note("is a coroutine function", asyncio.iscoroutinefunction(agent.arun))
    k.note("awaited", k.wait(agent.arun("How are you?")).content)


@scenario("surface/output", [say("Fine")], ways=ONCE)
def output(k):
    told = k.agent(name="Answerer").run("How are you?", user_id="ada", session_id="s-1")
    names = (
        "content",
        "content_type",
        "agent_name",
        "agent_id",
        "session_id",
        "user_id",
        "model",
        "model_provider",
        "status",
    )
    k.note("fields", {name: getattr(told, name) for name in names})
    k.note("roles", [message.role for message in told.messages])
    k.note("tokens", [told.metrics.input_tokens, told.metrics.output_tokens, told.metrics.total_tokens])
    k.note("asked", told.input.input_content)
    k.note("is paused", told.is_paused)


@scenario("surface/print", [say("# A heading")], ways=ONCE)
def print_response(k):
    import io

    from rich.console import Console

    text = io.StringIO()
    k.agent(markdown=True).print_response("Show me", console=Console(file=text, width=60))
    k.note("said", "A heading" in text.getvalue())
    k.note("asked", "Show me" in text.getvalue())


@scenario("surface/print-stream", [say("One ", "two")], ways=ONCE)
def print_stream(k):
    import io

    from rich.console import Console

    text = io.StringIO()
    k.agent().print_response("Count", stream=True, console=Console(file=text, width=60))
    k.note("said", "One two" in text.getvalue())


@scenario("surface/models", [], ways=ONCE)
def models(k):
    for vendor in (
        "openai",
        "openai-responses",
        "gemini",
        "openrouter",
        "siliconflow",
        "cerebras",
        "groq",
        "ollama",
        "anthropic",
    ):
        model = k.model(vendor)
        k.note(vendor, [model.id, model.name, model.provider])


@scenario("surface/deep-copy", [say("Fine")], ways=ONCE)
def deep_copy(k):
    agent = k.agent(name="First Agent")
    k.note("copied", agent.deep_copy(update={"name": "Second Agent"}).name)


@scenario("surface/add-tool", [say("Fine")], ways=ONCE)
def add_tool(k):
    def look() -> str:
        """Look around."""
        return "seen"

    agent = k.agent()
    agent.add_tool(look)
    k.run(agent, "Look around")
