from agnolo import Agent, SqliteDb
from agnolo.agent.registry import Registry


def stock(item: str) -> str:
    """How many there are."""
    return "12"


db = SqliteDb("data/agnolo.db")
agent = Agent(id="clerk", db=db, tools=[stock], instructions="Be brief.")
print("version", agent.save(label="first"))

agent.instructions = "Be brief and kind."
print("version", agent.save(stage="draft"))

clerk = Agent.load("clerk", db=db, registry=Registry(tools=[stock]))
if clerk is not None:
    print(clerk.instructions, [tool.name for tool in clerk.get_tools()])
