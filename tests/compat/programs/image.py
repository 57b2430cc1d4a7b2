import os

from agno.agent import Agent
from agno.media import Image
from agno.models.openai import OpenAIChat

agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"))
print(agent.run("What is this?", images=[Image(url="https://example.com/a.png")]).content)
