from agnolo import Agent, SqliteDb

agent = Agent(model="local", db=SqliteDb("data/agnolo.db"), update_memory_on_run=True)
agent.run("I live in Paris and I like tea.", user_id="ada")

for memory in agent.get_user_memories("ada"):
    print(memory.memory)
