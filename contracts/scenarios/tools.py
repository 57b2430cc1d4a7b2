"""Tools: schemas, arguments, injected values, failures, limits (core.md §2.5 and §4)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, scenario
from contracts.script import Call, Reply, call, calls, say


@scenario("tools/docstring", [say("Nothing to do")], ways=ONCE)
def docstring(k):
    def book(city: str, nights: int, breakfast: bool = True, budget: float = 99.5) -> str:  # noqa: FBT001, FBT002 - a tool
        """Book a hotel room in a city.

        The longer text of it, on its own.

        Args:
            city: Name of the city.
            nights (int): How many nights.
            breakfast: Whether to eat there.

        Returns:
            A confirmation text.
        """
        return "booked"

    k.run(k.agent(tools=[book]), "Do you have a tool?")


@scenario("tools/types", [say("Nothing to do")], ways=ONCE)
def types(k):
    from enum import Enum
    from typing import Literal, Optional

    from pydantic import BaseModel

    class Colour(Enum):
        red = "red"
        blue = "blue"

    class Place(BaseModel):
        name: str
        size: int = 1

    def sort_of_everything(  # noqa: PLR0913 - one of each kind
        names: list[str],
        sizes: dict[str, int],
        anything: dict,
        mode: Literal["fast", "slow"],
        colour: Colour,
        place: Place,
        maybe: Optional[int] = None,  # noqa: UP045 - the spelling is the point
        perhaps: int | None = None,
        either: int | str = 1,
        untyped=None,
    ) -> str:
        """Take all kinds of values."""
        return "taken"

    k.run(k.agent(tools=[sort_of_everything]), "Do you have a tool?")


@scenario("tools/bare", [say("Nothing to do")], ways=ONCE)
def bare(k):
    def ping() -> str:
        return "pong"

    k.run(k.agent(tools=[ping]), "Do you have a tool?")


@scenario("tools/decorated", [call("look_up", word="tide"), say("Found it")])
def decorated(k):
    @k.tool(name="look_up", description="Look a word up.")
    def search(word: str) -> str:
        """Not shown to anyone."""
        return f"the meaning of {word}"

    k.run(k.agent(tools=[search]), "What is a tide?")


@scenario("tools/stop-after", [call("finish", word="done"), say("Never said")])
def stop_after(k):
    @k.tool(stop_after_tool_call=True)
    def finish(word: str) -> str:
        """Finish with a word."""
        return f"finished: {word}"

    k.run(k.agent(tools=[finish]), "Finish, please")


@scenario("tools/show-result", [call("show", word="it"), say("Shown ", "above")])
def show_result(k):
    @k.tool(show_result=True)
    def show(word: str) -> str:
        """Show a word."""
        return f"shown: {word} "

    k.run(k.agent(tools=[show]), "Show me")


@scenario("tools/async-tool", [call("fetch", page="home"), say("Fetched")], ways=("arun", "astream"))
def async_tool(k):
    async def fetch(page: str) -> str:
        """Fetch a page."""
        return f"the text of {page}"

    k.run(k.agent(tools=[fetch]), "Fetch the home page")


@scenario("tools/async-tool-in-run", [call("fetch", page="home"), say("Fetched")], ways=ONCE)
def async_tool_in_run(k):
    async def fetch(page: str) -> str:
        """Fetch a page."""
        return f"the text of {page}"

    k.run(k.agent(tools=[fetch]), "Fetch the home page")


@scenario(
    "tools/returns", [calls(*(Call(f"give_{kind}", {}) for kind in ("number", "list", "dict", "none"))), say("Given")]
)
def returns(k):
    def give_number() -> int:
        """Give a number."""
        return 42

    def give_list() -> list:
        """Give a list."""
        return ["a", 1, None]

    def give_dict() -> dict:
        """Give a dict."""
        return {"a": True, "b": 1.5}

    def give_none() -> None:
        """Give nothing."""

    k.run(k.agent(tools=[give_number, give_list, give_dict, give_none]), "Give me all")


@scenario("tools/raises", [call("fail"), say("It failed")], ways=EVERY_WAY)
def raises(k):
    def fail() -> str:
        """Fail."""
        raise RuntimeError("the bridge is out")

    k.run(k.agent(tools=[fail]), "Cross the bridge")


@scenario("tools/unknown", [call("teleport", to="moon"), say("No such thing")])
def unknown(k):
    def walk(to: str) -> str:
        """Walk."""
        return "walked"

    k.run(k.agent(tools=[walk]), "Go to the moon")


@scenario(
    "tools/bad-json",
    [Reply(calls=(Call("walk", {}, "call_0_walk"),), finish="tool_calls", raw_arguments="{not json"), say("Sorry")],
)
def bad_json(k):
    def walk(to: str) -> str:
        """Walk."""
        return "walked"

    k.run(k.agent(tools=[walk]), "Go to the moon")


@scenario("tools/wrong-type", [call("double", number="many"), say("Not a number")])
def wrong_type(k):
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double]), "Double many")


@scenario("tools/coerced", [call("double", number="21"), say("Forty-two")], ways=WHOLE)
def coerced(k):
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double]), "Double 21")


@scenario("tools/missing-argument", [call("double"), say("Of what?")], ways=WHOLE)
def missing_argument(k):
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double]), "Double it")


@scenario("tools/extra-argument", [call("double", number=21, unit="cm"), say("Forty-two")], ways=WHOLE)
def extra_argument(k):
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double]), "Double 21 cm")


@scenario("tools/run-context", [call("add_item", item="apple"), say("Added")])
def run_context(k):
    def add_item(run_context: k.RunContext, item: str) -> str:
        """Add an item to the list."""
        run_context.session_state.setdefault("items", []).append(item)
        return "added " + item

    agent = k.agent(tools=[add_item], session_state={"items": ["pear"]}, db=k.InMemoryDb(), session_id="s-list")
    k.run(agent, "Add an apple")
    k.note("state", agent.get_session_state(session_id="s-list"))


@scenario("tools/current-keys", [call("who"), say("It is Ada")], ways=WHOLE)
def current_keys(k):
    def who(run_context: k.RunContext) -> str:
        """Say who asks."""
        return str(run_context.session_state["current_user_id"]) + " in " + str(run_context.session_id)

    k.run(k.agent(tools=[who], session_id="s-who"), "Who am I?", user_id="ada")


@scenario("tools/agent-injected", [call("who"), say("It is me")], ways=WHOLE)
def agent_injected(k):
    def who(agent) -> str:
        """Say who it is."""
        return "I am " + agent.name

    k.run(k.agent(name="Lighthouse Keeper", tools=[who]), "Who are you?")


@scenario("tools/dependencies", [call("price", item="apple"), say("Cheap")], ways=WHOLE)
def dependencies(k):
    def price(run_context: k.RunContext, item: str) -> str:
        """Look a price up."""
        return "costs " + str(run_context.dependencies["prices"][item])

    k.run(k.agent(tools=[price], dependencies={"prices": {"apple": 3}}), "What is an apple?")


@scenario("tools/limit", [call("tick"), call("tick"), call("tick"), say("Enough")], ways=("run", "stream"))
def limit(k):
    def tick() -> str:
        """Tick once."""
        return "ticked"

    k.run(k.agent(tools=[tick], tool_call_limit=2), "Tick a lot")


@scenario(
    "tools/limit-in-batch", [calls(*(Call("tick", {"at": at}) for at in range(3))), say("Enough")], ways=("run", "arun")
)
def limit_in_batch(k):
    def tick(at: int) -> str:
        """Tick once."""
        return f"ticked {at}"

    k.run(k.agent(tools=[tick], tool_call_limit=2), "Tick a lot")


@scenario("tools/toolkit", [call("east"), say("The sea")])
def toolkit(k):
    class Eyes(k.Toolkit):
        def __init__(self):
            super().__init__(name="eyes", tools=[self.east, self.west])

        def east(self) -> str:
            """Look east."""
            return "the open sea"

        def west(self) -> str:
            """Look west."""
            return "the green hills"

    k.run(k.agent(tools=[Eyes()]), "Look east")


@scenario("tools/include", [say("Only one")], ways=ONCE)
def include(k):
    def east() -> str:
        """Look east."""
        return "sea"

    def west() -> str:
        """Look west."""
        return "hills"

    kit = k.Toolkit(name="eyes", tools=[east, west], include_tools=["east"])
    k.run(k.agent(tools=[kit]), "Look around")


@scenario("tools/exclude-unknown", [], ways=ONCE)
def exclude_unknown(k):
    def east() -> str:
        """Look east."""
        return "sea"

    k.attempt("unknown", lambda: k.Toolkit(name="eyes", tools=[east], exclude_tools=["north"]))


@scenario("tools/duplicate-names", [call("look"), say("Seen")], ways=ONCE)
def duplicate_names(k):
    def make(answer):
        def look() -> str:
            """Look around."""
            return answer

        return look

    k.run(k.agent(tools=[make("the first view"), make("the second view")]), "Look around")


@scenario("tools/two-rounds", [call("step", to="left"), call("step", to="right"), say("There ", "we are")])
def two_rounds(k):
    def step(to: str) -> str:
        """Step somewhere."""
        return f"stepped {to}"

    k.run(k.agent(tools=[step]), "Walk a little")


@scenario("tools/retry", [call("pick", number=1), call("pick", number=7), say("Seven")], ways=WHOLE)
def retry(k):
    def pick(number: int) -> str:
        """Pick a number."""
        if number < 5:
            raise k.RetryAgentRun("pick a larger number")
        return f"picked {number}"

    k.run(k.agent(tools=[pick]), "Pick one")


@scenario("tools/stop", [call("halt"), say("Never said")])
def stop(k):
    def halt() -> str:
        """Halt."""
        raise k.StopAgentRun("nothing more to do")

    k.run(k.agent(tools=[halt]), "Halt now")


@scenario("tools/generator", [call("count"), say("Counted")], ways=("run", "stream"))
def generator(k):
    def count():
        """Count aloud."""
        yield "one "
        yield "two "

    k.run(k.agent(tools=[count]), "Count aloud")


@scenario("tools/result-object", [call("paint"), say("Painted")], ways=("run", "stream"))
def result_object(k):
    def paint():
        """Paint a picture."""
        return k.ToolResult(content="painted a picture", images=[k.Image(url="https://example.com/p.png")])

    k.run(k.agent(tools=[paint]), "Paint something")


@scenario("tools/choice", [call("tick"), say("Ticked")], ways=ONCE)
def choice(k):
    def tick() -> str:
        """Tick once."""
        return "ticked"

    wanted = {"type": "function", "function": {"name": "tick"}}
    k.run(k.agent(tools=[tick], tool_choice=wanted), "Tick")


@scenario("tools/hooks", [call("double", number=21), say("Forty-two")])
def hooks(k):
    def timed(function_name, function_call, arguments):
        value = function_call(**arguments)
        return f"{function_name} gave {value}"

    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double], tool_hooks=[timed]), "Double 21")


@scenario("tools/pre-post-hook", [call("double", number=21), say("Forty-two")], ways=WHOLE)
def pre_post_hook(k):
    seen = []

    @k.tool(pre_hook=lambda: seen.append("before"), post_hook=lambda: seen.append("after"))
    def double(number: int) -> int:
        """Double a number."""
        return number * 2

    k.run(k.agent(tools=[double]), "Double 21")
    k.note("seen", seen)


@scenario("tools/cached", [call("roll"), call("roll"), say("Rolled")], ways=ONCE)
def cached(k):
    rolls = []

    @k.tool(cache_results=True, cache_dir=str(k.folder))
    def roll() -> str:
        """Roll a die."""
        rolls.append(1)
        return f"rolled {len(rolls)}"

    k.run(k.agent(tools=[roll]), "Roll twice")


@scenario("tools/unknown-option", [], ways=ONCE)
def unknown_option(k):
    k.attempt("unknown", lambda: k.tool(colour="blue"))


@scenario("tools/two-flags", [], ways=ONCE)
def two_flags(k):
    def go() -> str:
        """Go."""
        return "gone"

    k.attempt("flags", lambda: k.tool(requires_confirmation=True, external_execution=True)(go))


@scenario("tools/builtin-dict", [say("Searched")], ways=ONCE)
def builtin_dict(k):
    k.run(k.agent(tools=[{"type": "web_search"}]), "Search the web")


@scenario("tools/calculator", [call("add", a=2, b=3), say("Five")], ways=ONCE)
def calculator(k):
    k.run(k.agent(tools=[k.CalculatorTools()]), "What is 2 + 3?")


@scenario("tools/get-tools", [], ways=ONCE)
def function_fields(k):
    @k.tool(description="Look a word up.", stop_after_tool_call=True)
    def search(word: str) -> str:
        """Not shown to anyone."""
        return word

    fields = (
        "name",
        "description",
        "show_result",
        "stop_after_tool_call",
        "requires_confirmation",
        "external_execution",
    )
    k.note("fields", {name: getattr(search, name) for name in fields})
