import os

from agno.agent import Agent
from agno.exceptions import RetryAgentRun
from agno.models.openai import OpenAIChat


def note(text: str) -> str:
    """Take a note."""
    if len(text) < 5:
        raise RetryAgentRun("The note is too short, write a longer one.")
    return "noted"


agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"), tools=[note])
print(agent.run("Note something").content)
