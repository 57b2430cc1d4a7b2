import os

from agno.agent import Agent, RunOutput
from agno.models.openai import OpenAIChat
from pydantic import BaseModel, Field


class Film(BaseModel):
    title: str = Field(..., description="Its title")
    actors: list[str]


agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"), output_schema=Film)
response: RunOutput = agent.run("A film, please")
print(repr(response.content))
