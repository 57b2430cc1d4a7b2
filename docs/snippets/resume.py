from agnolo import Agent, SqliteDb

agent = Agent(model="local", db=SqliteDb("data/agnolo.db"))
broken = agent.run("Tell me a story.", session_id="s1")
print(broken.status, "|", broken.content)

whole = agent.continue_run(broken.run_id, session_id="s1")
print(whole.status, "|", whole.content)
