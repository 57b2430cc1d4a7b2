from agnolo import Agent, SqliteDb, tool


@tool(requires_confirmation=True)
def pay(to: str, euros: int) -> str:
    """Send money to somebody."""
    return f"paid {euros} to {to}"


agent = Agent(model="local", tools=[pay], db=SqliteDb("data/agnolo.db"))
paused = agent.run("Pay Ada 20 euros.", session_id="s1")
for requirement in paused.active_requirements:
    print(paused.status, requirement.tool_execution.tool_name, requirement.tool_execution.tool_args)
    requirement.confirm()

done = agent.continue_run(run_id=paused.run_id, session_id="s1", requirements=paused.requirements)
print(done.status, "|", done.tools[0].result, "|", done.content)
