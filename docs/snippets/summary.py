from agnolo import Agent, SqliteDb

agent = Agent(model="local", db=SqliteDb("data/agnolo.db"), session_id="s1", enable_session_summaries=True)
agent.run("Where shall we go in May?")

summary = agent.get_session_summary()
print(summary.summary, summary.topics)
