from agnolo import Agent


def guard(function_name, func, args):
    if args.get("euros", 0) > 100:
        raise PermissionError(f"{function_name} may not move more than 100 euros")
    return func(**args)


def pay(to: str, euros: int) -> str:
    """Send money to somebody."""
    return f"paid {euros} to {to}"


agent = Agent(model="local", tools=[pay], tool_hooks=[guard])
answer = agent.run("Pay Ada 500 euros.")
print(answer.tools[0].result)
