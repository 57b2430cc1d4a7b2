import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.os import AgentOS

agent = Agent(name="Guide", model=OpenAIChat(base_url=os.environ["PROVIDER"] + "/v1"))
agent_os = AgentOS(id="my-os", agents=[agent])
app = agent_os.get_app()
print(agent_os.id, callable(app))
