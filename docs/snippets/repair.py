from dataclasses import dataclass

from agnolo import Agent


@dataclass
class Person:
    name: str
    age: int


agent = Agent(model="local", output_schema=Person)
output = agent.run("Ada Lovelace is 36 years old.")
for message in output.messages:
    print(f"{message.role}: {message.content}")
print(output.content)
