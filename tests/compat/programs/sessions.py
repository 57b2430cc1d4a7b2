import os

from agno.agent import Agent
from agno.db.sqlite import SqliteDb
from agno.models.openai import OpenAIChat

agent = Agent(
    model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"),
    db=SqliteDb(db_file="tmp/data.db"),
    session_id="first",
    add_history_to_context=True,
    num_history_runs=3,
)
agent.run("My name is Ada")
print(agent.run("What is my name?").content)
print(len(agent.get_session("first").runs))  # pyright: ignore[reportOptionalMemberAccess] - as in Agno: None if there is none
