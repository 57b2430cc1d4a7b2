import os

from agno.agent import Agent
from agno.models.openai import OpenAIResponses

agent = Agent(model=OpenAIResponses(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"))
print(agent.run("Hello").content)
