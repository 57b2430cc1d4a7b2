import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat

agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"))
agent.print_response("Where is Bologna?", stream=True)
agent.print_response("And Parma?")
