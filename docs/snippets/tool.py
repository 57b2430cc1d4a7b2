from agnolo import Agent


def stock(item: str) -> str:
    """How many pieces of an item are in stock.

    Args:
        item: Name of the item.
    """
    return f"{item}: 12 pieces"


agent = Agent(model="local", tools=[stock])
answer = agent.run("How many lamps do we have?")
print(answer.content)
for call in answer.tools:
    print(call.tool_name, call.tool_args, "->", call.result)
