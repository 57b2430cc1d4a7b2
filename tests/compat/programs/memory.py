import os

from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.memory import UserMemory
from agno.models.openai import OpenAIChat

db = SqliteDb(db_file="memory.db")
agent = Agent(
    model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"),
    db=db,
    user_id="ada",
    add_memories_to_context=True,
)
print(agent.run("Hello").content)
memories: list[UserMemory] = agent.get_user_memories(user_id="ada")
print(memories)
