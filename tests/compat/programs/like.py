import os

from agno.agent import Agent
from agno.models.openai.like import OpenAILike

agent = Agent(model=OpenAILike(id="my-model", api_key="mine", base_url=os.environ["PROVIDER"] + "/v1"))
print(agent.run("Hello").content)
