from agnolo import Agent, AgentOS, SqliteDb

agent = Agent(name="Assistant", model="local", db=SqliteDb("data/agnolo.db"), add_history_to_context=True)
agent_os = AgentOS(agents=[agent])
app = agent_os.get_app()

if __name__ == "__main__":
    agent_os.serve(port=7777)
