from agnolo import Agent, Groq

by_name = Agent(model="groq:openai/gpt-oss-120b")
by_class = Agent(model=Groq(id="openai/gpt-oss-120b", reasoning_format="parsed"))
print(by_class.model)
