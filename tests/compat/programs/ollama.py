import os

from agno.agent import Agent
from agno.models.ollama import Ollama

agent = Agent(model=Ollama(id="llama3.2", host=os.environ["PROVIDER"]))
print(agent.run("Hello").content)
