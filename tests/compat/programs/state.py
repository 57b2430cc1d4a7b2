import os

from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.openai import OpenAIChat
from agno.run import RunContext


def add(run_context: RunContext, item: str) -> str:
    """Add an item to the list."""
    run_context.session_state["items"].append(item)
    return "added"


agent = Agent(
    model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"),
    db=InMemoryDb(),
    session_id="shop",
    session_state={"items": []},
    tools=[add],
    instructions="The list: {items}",
)
agent.run("Add milk")
print(agent.get_session_state("shop")["items"])
