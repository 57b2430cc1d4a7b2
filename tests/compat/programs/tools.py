import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.tools import tool


@tool
def weather(city: str) -> str:
    """Tell the weather.

    Args:
        city: Name of the city.
    """
    return f"Sunny in {city}"


agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"), tools=[weather])
response = agent.run("How is the weather in Bologna?")
print([(call.tool_name, call.result) for call in response.tools])
print(response.content)
