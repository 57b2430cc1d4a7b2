from agno.agent import Agent
from agno.models.google import Gemini

agent = Agent(model=Gemini(id="gemini-3.7-flash"))
print(agent.run("Hello").content)
