from agnolo import Agent, OpenAIChat
from agnolo.vocabulary.errors import AgnoloError

agent = Agent(name="Clerk", model=OpenAIChat("gpt-5.4-mini"))
answer = agent.run("Hello")
print(answer.status)
print(answer.content)

try:
    agent.get_session("s1")
except AgnoloError as error:
    print(f"{type(error).__name__}: {error}")
