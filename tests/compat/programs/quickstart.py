import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat

agent = Agent(
    name="Guide",
    model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"),
    instructions="Answer in one sentence.",
    markdown=True,
)
response = agent.run("Where is Bologna?")
print(response.content)
