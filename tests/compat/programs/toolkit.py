import os

from agno.agent import Agent
from agno.models.openai.chat import OpenAIChat
from agno.tools.calculator import CalculatorTools
from agno.tools.toolkit import Toolkit


class Shelf(Toolkit):
    def __init__(self, **kwargs):
        super().__init__(name="shelf", tools=[self.count], **kwargs)

    def count(self, kind: str) -> int:
        """Count things of a kind."""
        return len(kind)


agent = Agent(
    model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"), tools=[Shelf(), CalculatorTools()]
)
print(agent.run("How many books, doubled?").content)
