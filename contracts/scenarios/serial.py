"""Agents as dicts, saved and loaded; registries; tools and agents that functions give (core.md §2.1, §2.2)."""

from pydantic import BaseModel

from contracts.scenario import ONCE, scenario
from contracts.script import call, say


class Verdict(BaseModel):
    good: bool


def look(place: str) -> str:
    """Look at a place."""
    return f"saw {place}"


def near(place: str) -> str:
    """Look near a place."""
    return f"near {place}"


def _kit(k):
    class Walks(k.Toolkit):
        def __init__(self):
            super().__init__(name="walks", tools=[self.go])

        def go(self, steps: int) -> str:
            """Go so many steps."""
            return f"went {steps}"

    return Walks()


def _rich(k, **options):
    return k.agent(
        **{
            "id": "scout",
            "name": "Scout",
            "description": "You scout.",
            "instructions": ["Be short", "Be right"],
            "tools": [look, _kit(k)],
            "output_schema": Verdict,
            "metadata": {"team": "north"},
            "session_state": {"count": 1},
            "add_history_to_context": True,
            "num_history_runs": 4,
            "markdown": True,
            "add_datetime_to_context": True,
            "tool_call_limit": 3,
            "expected_output": "A word",
            "user_id": "ada",
            **options,
        }
    )


@scenario("serial/dict", [], ways=ONCE)
def as_dict(k):
    k.note("rich", _rich(k).to_dict())
    k.note("plain", k.Agent().to_dict())
    k.note("functions", k.agent(instructions=lambda: "Hi", tools=lambda: [look], dependencies={"n": 1}).to_dict())
    k.note("schema", k.agent(output_schema={"type": "object", "properties": {"x": {"type": "integer"}}}).to_dict())
    k.note("builtin", k.agent(tools=[{"type": "web_search"}]).to_dict()["tools"])
    k.note("model options", k.Agent(model=k.model(temperature=0.25, max_tokens=9)).to_dict()["model"])
    k.note("tool", k.Function.from_callable(look).to_dict())


@scenario("serial/back", [say('{"good": true}')], ways=ONCE)
def back(k):
    registry = k.Registry(tools=[look, _kit(k)], schemas=[Verdict])
    config = _rich(k, user_id=None).to_dict()
    agent = k.Agent.from_dict(config, registry=registry)
    k.note("same", agent.to_dict() == config)
    k.note("tools", [tool.name for tool in agent.tools])
    k.note("options", [agent.id, agent.instructions, agent.num_history_runs, agent.output_schema.__name__])
    k.note("model", [type(agent.model).__name__, agent.model.id])


@scenario("serial/registry-model", [call("look", place="up"), say("Seen")])
def registry_model(k):
    model = k.model()
    registry = k.Registry(tools=[look], models=[model])
    agent = k.Agent.from_dict(k.agent(model=model, tools=[look], id="scout").to_dict(), registry=registry)
    k.note("the same model", agent.model is model)
    k.run(agent, "Look up", session_id="s-1")


@scenario("serial/toolkit-name", [], ways=ONCE)
def toolkit_name(k):
    config = _rich(k).to_dict()
    once = k.Agent.from_dict(config, registry=k.Registry(tools=[look, _kit(k)], schemas=[Verdict]))
    k.note("kept", [tool.get("toolkit") for tool in once.to_dict()["tools"]])


@scenario("serial/missing", [], ways=ONCE)
def missing(k):
    config = _rich(k).to_dict()
    lenient = k.Agent.from_dict(config)
    k.note("tools", [tool.name for tool in lenient.tools])
    k.note("schema", lenient.output_schema)
    for name, registry in (("no registry", None), ("no schema", k.Registry(tools=[look, _kit(k)]))):
        try:
            k.Agent.from_dict(config, registry=registry, strict=True)
        except Exception as error:
            k.note(name, type(error).__name__)


@scenario("serial/missing-called", [call("look", place="up"), say("No luck")], ways=ONCE)
def missing_called(k):
    model = k.model()
    config = k.agent(model=model, tools=[look]).to_dict()
    agent = k.Agent.from_dict(config, registry=k.Registry(models=[model]))
    told = agent.run("Look up")
    k.note("status", told.status)
    k.note("content", told.content)
    k.note("failed", [execution.tool_call_error for execution in told.tools])


@scenario("serial/save", [], ways=ONCE)
def save(k):
    db = k.sqlite()
    agent = _rich(k, db=db)
    registry = k.Registry(tools=[look, _kit(k)], schemas=[Verdict])
    k.note("first", agent.save())
    k.note("second", agent.save(label="stable", notes="Before the change"))
    agent.description = "You scout a little."
    k.note("draft", agent.save(stage="draft"))
    k.note("current", k.Agent.load("scout", db=db, registry=registry).description)
    k.note("by version", k.Agent.load("scout", db=db, registry=registry, version=3).description)
    k.note("by label", k.Agent.load("scout", db=db, registry=registry, label="stable").description)
    k.note("no such version", k.Agent.load("scout", db=db, version=9))
    k.note("no such label", k.Agent.load("scout", db=db, label="rare"))
    k.note("no such agent", k.Agent.load("nobody", db=db))
    k.note("published", k.Agent.load("scout", db=db, published_only=True).description)
    k.note("works on", k.Agent.load("scout", db=db).db is not None)


@scenario("serial/drafts", [], ways=ONCE)
def drafts(k):
    db = k.sqlite()
    agent = k.agent(id="sketch", name="Sketch", db=db, description="One")
    k.note("version", agent.save(stage="draft"))
    agent.description = "Two"
    k.note("version again", agent.save(stage="draft"))
    k.note("newest", k.Agent.load("sketch", db=db).description)
    k.note("published only", k.Agent.load("sketch", db=db, published_only=True))
    k.note("by id", k.get_agent_by_id(db, "sketch"))
    k.note("by id and version", k.get_agent_by_id(db, "sketch", version=1).description)
    k.note("drafts too", k.get_agent_by_id(db, "sketch", published_only=False).description)


@scenario("serial/refused", [], ways=ONCE)
def refused(k):
    db = k.sqlite()
    agent = k.agent(id="scout", db=db)
    agent.save(label="stable")

    def failure(work):
        try:
            work()
        except ValueError:
            return "ValueError"

    k.note("label taken", failure(lambda: agent.save(label="stable")))
    k.note("no such stage", failure(lambda: agent.save(stage="final")))
    k.note("no db", failure(lambda: k.agent(id="scout").save()))
    k.note("versions after", agent.save())


@scenario("serial/delete", [], ways=ONCE)
def delete(k):
    db = k.sqlite()
    agent = k.agent(id="scout", db=db)
    k.note("nothing", agent.delete())
    agent.save()
    k.note("archived", agent.delete())
    k.note("again", agent.delete())
    k.note("loaded", k.Agent.load("scout", db=db))
    try:
        agent.save()
    except Exception as error:
        k.note("the id stays taken", type(error).__name__)
    k.note("for good", agent.delete(hard_delete=True))
    k.note("begins anew", agent.save())


@scenario("serial/listed", [], ways=ONCE)
def listed(k):
    db = k.sqlite()
    for name in ("one", "two", "three"):
        k.agent(id=name, db=db).save()
    k.agent(id="draft", db=db).save(stage="draft")
    k.agent(id="gone", db=db).save()
    k.agent(id="gone", db=db).delete()
    k.note("ids", sorted(agent.id for agent in k.get_agents(db)))
    k.note("without", sorted(agent.id for agent in k.get_agents(db, exclude_component_ids={"one"})))
    k.note("for a user", sorted(agent.id for agent in k.get_agents(db, user_id="ada")))
    k.note("by id", k.get_agent_by_id(db, "two").id)
    k.note("none", k.get_agent_by_id(db, "nobody"))


@scenario("serial/tools-factory", [call("look", place="up"), say("Seen")])
def tools_factory(k):
    def given(agent, session_state):
        k.note("asked", [agent.name, session_state.get("role")])
        return [look] if session_state.get("role") == "scout" else [near]

    k.run(k.agent(name="Scout", tools=given), "Look up", session_id="s-1", session_state={"role": "scout"})


@scenario("serial/tools-cached", [say("One"), say("Two"), say("Three"), say("Four")], ways=("run", "arun"))
def tools_cached(k):
    asked = []

    def given(run_context):
        asked.append(run_context.user_id or run_context.session_id)
        return [look]

    agent = k.agent(tools=given)
    for user, session in (("ada", "s-1"), ("ada", "s-2"), ("bob", "s-3"), (None, "s-4")):
        k.run(agent, "Go", user_id=user, session_id=session)
    k.note("asked", asked)


@scenario("serial/tools-not-cached", [say("One"), say("Two"), say("Three")], ways=ONCE)
def tools_not_cached(k):
    asked = []

    def given():
        asked.append("again")
        return [look]

    agent = k.agent(tools=given, cache_callables=False)
    agent.run("Go", session_id="s-1")
    agent.run("Go on", session_id="s-1")
    k.note("asked", len(asked))
    agent = k.agent(tools=given)
    agent.run("Go", session_id="s-1")
    agent.clear_callable_cache()
    k.note("asked once more", len(asked))


@scenario("serial/tools-key", [say("One"), say("Two"), say("Three")], ways=ONCE)
def tools_key(k):
    asked = []

    def given(run_context):
        asked.append(run_context.session_id)
        return [look]

    agent = k.agent(tools=given, callable_tools_cache_key=lambda run_context: run_context.session_state.get("tenant"))
    agent.run("Go", session_id="s-1", session_state={"tenant": "north"})
    agent.run("Go", session_id="s-2", session_state={"tenant": "north"})
    agent.run("Go", session_id="s-3", session_state={"tenant": "south"})
    k.note("asked", asked)


@scenario("serial/tools-none", [say("Nothing at hand")], ways=ONCE)
def tools_none(k):
    k.run(k.agent(tools=lambda: None), "Go")


@scenario("serial/tools-refused", [], ways=ONCE)
def tools_refused(k):
    told = k.agent(tools=lambda: "look").run("Go")
    k.note("status", told.status)
    agent = k.agent(tools=lambda: [look])
    try:
        agent.add_tool(near)
    except (RuntimeError, ValueError):
        k.note("added", "refused")
    agent.set_tools([near])
    k.note("set", len(agent.tools))


@scenario("serial/agent-factory", [], ways=ONCE)
def agent_factory(k):
    class Wish(BaseModel):
        tone: str

    asked = []

    def made(ctx):
        asked.append(
            [ctx.user_id, ctx.session_id, ctx.input.tone, dict(ctx.trusted.claims), sorted(ctx.trusted.scopes)]
        )
        return k.agent(name="Made", instructions=f"Be {ctx.input.tone}")

    db = k.sqlite()
    factory = k.AgentFactory(id="maker", db=db, factory=made, name="Maker", description="Makes", input_schema=Wish)
    trusted = k.TrustedContext(claims={"sub": "ada"}, scopes=frozenset({"write", "read"}))
    context = k.RequestContext(user_id="ada", session_id="s-1", input={"tone": "kind"}, trusted=trusted)
    agent = factory.resolve(context, k.Agent)
    k.note("asked", asked)
    k.note("made", [agent.id, agent.name, agent.instructions, agent.db is db, agent.store_events])
    k.note("async", [factory.is_async(), k.wait(factory.resolve_async(context, k.Agent)).id])
    k.note("text", factory.validate_input('{"tone": "dry"}').tone)
    for name, given in (("no tone", {}), ("no object", "[1]"), ("no JSON", "{"), ("nothing", None)):
        try:
            factory.validate_input(given)
        except Exception as error:
            k.note(name, type(error).__name__)
    try:
        k.AgentFactory(id="maker", db=db, factory=lambda ctx: "no agent").resolve(k.RequestContext(), k.Agent)
    except Exception as error:
        k.note("no agent", type(error).__name__)
    k.note("context", [k.RequestContext().user_id, dict(k.TrustedContext().claims), sorted(k.TrustedContext().scopes)])
