from agnolo import Agent

agent = Agent(model="local")
for event in agent.run("Say hello.", stream=True, stream_events=True):
    if event.event == "RunContent":
        print(event.content, end="|")
    else:
        print(f"<{event.event}>")
