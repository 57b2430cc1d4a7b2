from agnolo import Agent, Limits, SqliteDb

agent = Agent(
    model="local",
    db=SqliteDb("data/agnolo.db"),
    user_id="ada",
    limits=Limits(max_seconds=60),
    user_limits=Limits(max_model_requests=2, period="day"),
)
print(agent.run("Say hello.").content)
for event in agent.run("Say hello.", stream=True, stream_events=True):
    if event.event == "BudgetWarning":
        print(f"{event.owner}: {event.used:g} of {event.limit}={event.allowed:g}")
refused = agent.run("Say hello.")
print(refused.status.value, "-", refused.content)
