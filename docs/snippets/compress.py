from agnolo import Agent
from agnolo.agent.compression import CompressionManager


def report(ship: str) -> str:
    """The log of a ship."""
    return f"The ship {ship} left Brest on the 3rd, as planned, and after a quiet crossing lay in Cork on the 5th."


manager = CompressionManager(compress_tool_results_limit=1)
agent = Agent(model="local", tools=[report], compression_manager=manager)
answer = agent.run("Where is the Ada?")

result = answer.messages[2]
print(len(result.content), "|", result.compressed_content, "|", answer.content)
