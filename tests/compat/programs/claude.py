import os

from agno.agent import Agent
from agno.models.anthropic import Claude

agent = Agent(model=Claude(id="claude-sonnet-5-5", base_url=os.environ["PROVIDER"]))
print(agent.run("Hello").content)
