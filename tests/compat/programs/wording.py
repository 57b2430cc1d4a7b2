import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat

model = OpenAIChat(
    id="gpt-5.4-mini",
    base_url=os.environ["PROVIDER"] + "/v1",
    system_prompt="Answer in Italian.",
    instructions=["Be kind."],
)
agent = Agent(model=model, instructions=["Be brief."])
run = agent.run({"role": "user", "content": "Where is Bologna?"})
print([(message.role, message.content) for message in run.messages])
