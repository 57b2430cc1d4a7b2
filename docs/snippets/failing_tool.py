from agnolo import Agent


def weather(city: str) -> str:
    """The weather in a city."""
    raise LookupError(f"no station in {city!r}")


agent = Agent(model="local", tools=[weather], tool_call_limit=3)
answer = agent.run("What is the weather in Atlantis?")
print(answer.tools[0].tool_call_error, answer.tools[0].result)
print(answer.status, answer.content)
