import asyncio

from agnolo import Agent

agent = Agent(model="local")


async def main() -> None:
    async for event in agent.arun("Say hello.", stream=True):
        print(event.content, end="|")
    print()


asyncio.run(main())
