import asyncio
import os

from agno.agent import Agent
from agno.models.openai import OpenAIChat

agent = Agent(model=OpenAIChat(id="gpt-5.4-mini", base_url=os.environ["PROVIDER"] + "/v1"))


async def main():
    print((await agent.arun("Hello")).content)
    async for event in agent.arun("Again", stream=True):
        print("piece:", event.content)
    await agent.aprint_response("Once more")


asyncio.run(main())
