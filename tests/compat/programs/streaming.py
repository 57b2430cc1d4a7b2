from agno.agent import Agent
from agno.models.groq import Groq
from agno.run.agent import RunEvent, RunOutputEvent

agent = Agent(model=Groq(id="openai/gpt-oss-120b"))


def show(event: RunOutputEvent) -> None:
    if event.event == RunEvent.run_content:
        print("piece:", event.content)  # pyright: ignore[reportAttributeAccessIssue] - its name says which event it is
    elif event.event in (RunEvent.run_started, RunEvent.run_completed):
        print(event.event)


for event in agent.run("Count to two", stream=True, stream_events=True):
    show(event)
