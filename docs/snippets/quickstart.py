from agnolo import Agent

agent = Agent(model="local", instructions="Answer briefly.")
print(agent.run("What is the capital of France?").content)
