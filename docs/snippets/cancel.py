from agnolo import Agent, SqliteDb

agent = Agent(model="local", db=SqliteDb("data/agnolo.db"))
for event in agent.run("Count to a million.", stream=True, stream_events=True, session_id="s1"):
    if event.event == "RunContent" and "three" in event.content:
        agent.cancel_run(event.run_id)
    last = event
print(last.event)
print(agent.get_last_run_output("s1").status)
