"""What stands around a tool's call: hooks in layers, their failures, and kept results (core.md §4.3)."""

from contracts.scenario import ONCE, WHOLE, scenario
from contracts.script import call, say

DOUBLE = call("double", number=21)
DONE = say("Done with that")


def double(number: int) -> int:
    """Double a number."""
    return number * 2


@scenario("hooked/layers", [DOUBLE, DONE], ways=WHOLE)
def layers(k):
    seen = []

    def outer(name, func, args):
        seen.append(["outer", name, args])
        return f"<{func(**args)}>"

    def inner(function_name, function_call, arguments, run_context):
        seen.append(["inner", function_name, arguments, run_context.session_id])
        return function_call(**arguments)

    k.run(k.agent(tools=[double], tool_hooks=[outer, inner], session_id="s-hooks"), "Double 21")
    k.note("seen", seen)


@scenario("hooked/async-layers", [DOUBLE, DONE], ways=("arun", "astream"))
def async_layers(k):
    async def slowly(func, args):
        return f"<{await func(**args)}>"

    async def twice(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[k.tool(name="double")(twice)], tool_hooks=[slowly]), "Double 21")


@scenario("hooked/forbids", [DOUBLE, DONE])
def forbids(k):
    def guard(function_name):
        raise ValueError(f"{function_name} is forbidden today")

    k.run(k.agent(tools=[double], tool_hooks=[guard]), "Double 21")


@scenario("hooked/in-place", [DOUBLE, DONE], ways=WHOLE)
def in_place(k):
    def change(func, arguments):
        arguments["number"] = 5
        return func(**arguments)

    k.run(k.agent(tools=[double], tool_hooks=[change]), "Double 21")


@scenario("hooked/replaced-by-agent", [DOUBLE, DONE], ways=WHOLE)
def replaced_by_agent(k):
    own = k.tool(name="double", tool_hooks=[lambda func, args: f"own {func(**args)}"])(double)
    k.run(k.agent(tools=[own], tool_hooks=[lambda func, args: f"agent {func(**args)}"]), "Double 21")


@scenario("hooked/call-seen", [DOUBLE, DONE], ways=WHOLE)
def call_seen(k):
    seen = []
    watched = k.tool(
        name="double",
        pre_hook=lambda fc: seen.append([fc.function.name, fc.arguments, fc.result, fc.error]),
        post_hook=lambda fc: seen.append([fc.result, fc.error, fc.get_call_str()]),
    )(double)
    k.run(k.agent(tools=[watched]), "Double 21")
    k.note("seen", seen)


@scenario("hooked/broken-pre-hook", [DOUBLE, DONE], ways=WHOLE)
def broken_pre_hook(k):
    def broken():
        raise ValueError("hook is out of order")

    k.run(k.agent(tools=[k.tool(name="double", pre_hook=broken)(double)]), "Double 21")


@scenario("hooked/kept-with-hooks", [DOUBLE, DOUBLE, DONE], ways=WHOLE)
def kept_with_hooks(k):
    made, seen = [], []

    @k.tool(cache_results=True, cache_dir=str(k.folder), tool_hooks=[lambda func, args: seen.append(1) or func(**args)])
    def double(number: int) -> str:
        """Double a number."""
        made.append(number)
        return f"made {len(made)}"

    k.run(k.agent(tools=[double]), "Double 21 twice")
    k.note("counts", [len(made), len(seen)])


@scenario("hooked/kept-by-arguments", [DOUBLE, call("double", number=4), DOUBLE, DONE], ways=ONCE)
def kept_by_arguments(k):
    made = []

    @k.tool(cache_results=True, cache_dir=str(k.folder))
    def double(number: int) -> str:
        """Double a number."""
        made.append(number)
        return f"{number * 2} at {len(made)}"

    k.run(k.agent(tools=[double]), "Double some numbers")


@scenario("hooked/toolkit-keeps", [DOUBLE, DOUBLE, DONE], ways=ONCE)
def toolkit_keeps(k):
    made = []

    def double(number: int) -> str:
        """Double a number."""
        made.append(number)
        return f"made {len(made)}"

    k.run(k.agent(tools=[k.Toolkit(tools=[double], cache_results=True, cache_dir=str(k.folder))]), "Double 21 twice")


@scenario("hooked/fields", [], ways=ONCE)
def fields(k):
    watched = k.tool(
        name="double", title="Double", annotations={"readOnlyHint": True}, cache_results=True, requires_user_input=True
    )(double)
    names = (
        "name", "title", "annotations", "strict", "instructions", "add_instructions", "show_result", "cache_results",
        "stop_after_tool_call", "requires_confirmation", "requires_user_input", "external_execution", "approval_type",
        "external_execution_silent", "cache_dir", "cache_ttl", "has_side_effects", "pre_hook", "post_hook",
        "tool_hooks",
    )  # fmt: skip
    k.note("fields", {name: getattr(watched, name) for name in names})
    k.note("asked", [[field.name, field.description, field.value] for field in watched.user_input_schema])
