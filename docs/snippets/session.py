from agnolo import Agent, SqliteDb

agent = Agent(model="local", db=SqliteDb("data/agnolo.db"), add_history_to_context=True)
agent.run("My name is Ada.", session_id="s1")
print(agent.run("What is my name?", session_id="s1").content)

for message in agent.get_chat_history("s1"):
    print(f"{message.role}: {message.content}")
