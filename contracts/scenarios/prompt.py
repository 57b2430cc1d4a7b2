"""The system and user messages: which parts, in which order (core.md §2.4)."""

from contracts.scenario import ONCE, WHOLE, add, scenario
from contracts.script import say

OPTIONS = {
    "description": {"description": "You guard the lighthouse."},
    "role": {"role": "Keeper of the lamp"},
    "one-instruction": {"instructions": "Keep the lamp burning."},
    "one-in-a-list": {"instructions": ["Keep the lamp burning."]},
    "instructions": {"instructions": ["Keep the lamp burning.", "Greet every ship."]},
    "multiline-instructions": {"instructions": ["Keep the lamp\nburning all night.", "Greet every ship."]},
    "instruction-tags": {"instructions": ["Keep the lamp burning.", "Greet every ship."], "use_instruction_tags": True},
    "expected-output": {"expected_output": "A log entry of one line."},
    "additional-context": {"additional_context": "The fog is thick tonight."},
    "markdown": {"markdown": True},
    "name": {"name": "Lighthouse Keeper", "add_name_to_context": True},
    "datetime": {"add_datetime_to_context": True, "timezone_identifier": "Europe/Rome"},
    "state": {"session_state": {"lamp": "lit", "ships": 3}, "add_session_state_to_context": True},
    "state-variable": {"session_state": {"lamp": "brightly lit"}, "instructions": "The lamp is {lamp} now."},
    "dependency-variable": {"dependencies": {"weather": "stormy weather"}, "instructions": "Expect {weather} today."},
    "metadata-variable": {"metadata": {"harbour": "Port Royal"}, "instructions": "You serve {harbour} alone."},
    "unknown-variable": {"instructions": "Keep {unheard} as it is, and $dollar too."},
    "unresolved": {"session_state": {"lamp": "lit"}, "instructions": "The {lamp} stays.", "resolve_in_context": False},
    "system-message": {"system_message": "You are the whole prompt.", "description": "Not shown at all."},
    "system-message-variable": {"session_state": {"lamp": "brightly lit"}, "system_message": "The lamp is {lamp} now."},
    "developer-role": {"system_message_role": "developer", "instructions": "Keep the lamp burning."},
    "no-context": {"build_context": False, "description": "Not shown at all."},
    "dependencies": {"dependencies": {"weather": "stormy", "wind": 9}, "add_dependencies_to_context": True},
    "additional-input": {"additional_input": ["A first example text", "A second example text"]},
    "json-schema-dict": {
        "output_schema": {
            "type": "object",
            "properties": {"ships": {"type": "integer"}},
            "required": ["ships"],
        }
    },
    "everything": {
        "name": "Lighthouse Keeper",
        "description": "You guard the lighthouse.",
        "role": "Keeper of the lamp",
        "instructions": ["Keep the lamp burning.", "Greet every ship."],
        "expected_output": "A log entry of one line.",
        "additional_context": "The fog is thick tonight.",
        "markdown": True,
        "add_name_to_context": True,
        "session_state": {"lamp": "lit"},
        "add_session_state_to_context": True,
        "dependencies": {"weather": "stormy"},
        "add_dependencies_to_context": True,
    },
}


def prompt(k):
    k.run(k.agent(**k.options), "What of the night?")


for name, options in OPTIONS.items():
    add(f"prompt/{name}", prompt, [say("All is well")], ways=ONCE, **options)


@scenario("prompt/callable-instructions", [say("All is well")], ways=WHOLE)
def callable_instructions(k):
    def wording(agent):
        return f"You are called {agent.name} here."

    k.run(k.agent(name="Lighthouse Keeper", instructions=wording), "What of the night?")


@scenario("prompt/callable-instructions-context", [say("All is well")], ways=WHOLE)
def callable_instructions_context(k):
    def wording(run_context):
        return ["The lamp is " + run_context.session_state["lamp"], "Greet every ship."]

    k.run(k.agent(session_state={"lamp": "brightly lit"}, instructions=wording), "What of the night?")


@scenario("prompt/callable-system-message", [say("All is well")], ways=WHOLE)
def callable_system_message(k):
    def whole(agent):
        return "The whole prompt, made by a function."

    k.run(k.agent(system_message=whole), "What of the night?")


@scenario("prompt/system-message-object", [say("All is well")], ways=ONCE)
def system_message_object(k):
    k.run(k.agent(system_message=k.Message(role="system", content="The whole prompt, as a message.")), "And now?")


@scenario("prompt/callable-dependency", [say("All is well")], ways=WHOLE)
def callable_dependency(k):
    def weather():
        return "stormy weather"

    agent = k.agent(dependencies={"weather": weather}, instructions="Expect {weather} today.")
    k.run(agent, "What of the night?")


@scenario("prompt/call-dependencies", [say("All is well")], ways=ONCE)
def call_dependencies(k):
    agent = k.agent(
        dependencies={"weather": "calm weather", "wind": "no wind"}, instructions="{weather} and {wind} now."
    )
    k.run(agent, "What of the night?", dependencies={"weather": "stormy weather"})


@scenario("prompt/user-variable", [say("All is well")], ways=ONCE)
def user_variable(k):
    k.run(k.agent(session_state={"ship": "HMS Beagle"}), "Where is the {ship} now?")


@scenario("prompt/user-id-variable", [say("All is well")], ways=ONCE)
def user_id_variable(k):
    k.run(k.agent(instructions="You serve {user_id} alone today."), "Who am I?", user_id="ada")


@scenario("prompt/toolkit-instructions", [say("All is well")], ways=ONCE)
def toolkit_instructions(k):
    def look(direction: str) -> str:
        """Look in a direction."""
        return "the sea"

    kit = k.Toolkit(name="eyes", tools=[look], instructions="Look before you speak.", add_instructions=True)
    silent = k.Toolkit(name="ears", tools=[], instructions="Never shown to anyone.")
    k.run(k.agent(tools=[kit, silent]), "What of the night?")
