from dataclasses import dataclass

from agnolo import Agent


@dataclass
class Person:
    name: str
    age: int


agent = Agent(model="local", output_schema=Person)
person = agent.run("Ada Lovelace is 36 years old.").content
print(person.name, person.age)
