from agnolo import Agent, InMemoryDb, RunContext, Toolkit


class Basket(Toolkit):
    """Keeps a list in the session's state."""

    def __init__(self) -> None:
        super().__init__(name="basket", tools=[self.add, self.show])

    def add(self, item: str, run_context: RunContext) -> str:
        """Put an item into the basket."""
        run_context.session_state.setdefault("basket", []).append(item)
        return f"{item} is in the basket"

    def show(self, run_context: RunContext) -> str:
        """What is in the basket."""
        return ", ".join(run_context.session_state.get("basket", []))


agent = Agent(model="local", tools=[Basket()], db=InMemoryDb())
answer = agent.run("Put a lamp into my basket, then tell me what is in it.")
print(answer.content)
print(answer.session_state)
