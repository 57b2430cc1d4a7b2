"""Held-out prompts for bench/local_quality.py. Nothing in the provider was chosen by looking at these."""

from __future__ import annotations

from typing import Any, NamedTuple

from agnolo.ports.model import ToolSpec


class Asked(NamedTuple):
    """A prompt and the regular expression its answer must match, in lower case."""

    prompt: str
    expected: str


class Call(NamedTuple):
    """A prompt, the tools offered, the tool that should be called (None: none), and its arguments where checked."""

    tools: tuple[ToolSpec, ...]
    prompt: str
    tool: str | None
    arguments: dict[str, Any] | None = None


class Told(NamedTuple):
    """A question, the tool's result as the engine passes it, and what the answer must contain."""

    prompt: str
    tool: str
    result: str
    expected: str


class Extraction(NamedTuple):
    """A text, the schema's string or integer fields, and their values."""

    text: str
    fields: dict[str, Any]


class Memory(NamedTuple):
    """What a user says, and for each fact in it a word that the memory of it must contain."""

    said: str
    facts: tuple[str, ...]


class Recall(NamedTuple):
    """What the user said first, asks later, and what the answer must match."""

    said: str
    prompt: str
    expected: str


def tool(name: str, description: str, required: dict[str, dict[str, str]] | None = None) -> ToolSpec:
    """A tool with these required parameters."""
    properties = required or {}
    return ToolSpec(
        name=name,
        description=description,
        parameters={"type": "object", "properties": properties, "required": list(properties)},
    )


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}


def _number(description: str) -> dict[str, str]:
    return {"type": "number", "description": description}


_TWO = {"a": _number("First number."), "b": _number("Second number.")}
SAMPLE = (
    tool("get_current_time", "Get the current date and time."),
    tool("add", "Add two numbers and return the result.", _TWO),
    tool("subtract", "Subtract second number from first and return the result.", _TWO),
    tool("multiply", "Multiply two numbers and return the result.", _TWO),
    tool("divide", "Divide first number by second and return the result.", _TWO),
    tool("is_prime", "Check if a number is prime and return the result.", {"n": _number("Number to check.")}),
    tool("square_root", "Calculate the square root of a number.", {"n": _number("Number to take the root of.")}),
)
"""The kind of tools the sample agent has."""
HOUSE = (
    tool(
        "set_light",
        "Turn the light of a room on or off.",
        {"room": _text("Name of the room"), "state": _text("on or off")},
    ),
    tool(
        "set_temperature",
        "Set the heating of a room.",
        {"room": _text("Name of the room"), "degrees": _number("Degrees")},
    ),
    tool("start_timer", "Start a kitchen timer.", {"minutes": _number("Length in minutes")}),
    tool("add_to_shopping_list", "Put something on the shopping list.", {"item": _text("What to buy")}),
)
OFFICE = (
    tool("find_document", "Find documents by their content.", {"query": _text("Words to look for")}),
    tool("book_room", "Book a meeting room.", {"day": _text("Day of the week"), "people": _number("How many people")}),
    tool("translate", "Translate a text into another language.", {"language": _text("Language to translate into")}),
    tool("get_exchange_rate", "Get the exchange rate of a currency.", {"currency": _text("Name of the currency")}),
)

CHAT = [
    Asked("What is the capital of Italy?", "rome"),
    Asked("What color is grass?", "green"),
    Asked("Who painted the Mona Lisa?", "leonardo|da vinci"),
    Asked("What is the opposite of big?", "small|little|tiny"),
    Asked("How many months are in a year?", "twelve|12"),
    Asked("What animal barks?", "dog"),
    Asked("Which planet do we live on?", "earth"),
    Asked("What do cows drink?", "water|milk"),
    Asked("At what temperature in Celsius does water boil?", "100"),
    Asked("In which country is Madrid?", "spain"),
]

CALLS = [
    Call(SAMPLE, "Could you tell me what time it is?", "get_current_time", {}),
    Call(SAMPLE, "Which day of the week is it today?", "get_current_time", {}),
    Call(SAMPLE, "What's 14 times 6?", "multiply", {"a": 14, "b": 6}),
    Call(SAMPLE, "Add 250 and 75.", "add", {"a": 250, "b": 75}),
    Call(SAMPLE, "What is 90 divided by 6?", "divide", {"a": 90, "b": 6}),
    Call(SAMPLE, "Subtract 17 from 60.", "subtract", {"a": 60, "b": 17}),
    Call(SAMPLE, "Is 51 a prime number?", "is_prime", {"n": 51}),
    Call(SAMPLE, "Square root of 196?", "square_root", {"n": 196}),
    Call(HOUSE, "Turn on the light in the kitchen.", "set_light", {"room": "kitchen", "state": "on"}),
    Call(HOUSE, "Please switch the bedroom light off.", "set_light", {"room": "bedroom", "state": "off"}),
    Call(HOUSE, "Make the living room 21 degrees warm.", "set_temperature", {"room": "living room", "degrees": 21}),
    Call(HOUSE, "Set a timer for 12 minutes.", "start_timer", {"minutes": 12}),
    Call(HOUSE, "Put milk on the shopping list.", "add_to_shopping_list", {"item": "milk"}),
    Call(HOUSE, "We need to buy eggs.", "add_to_shopping_list", {"item": "eggs"}),
    Call(OFFICE, "Find the documents about the travel budget.", "find_document", {"query": "travel budget"}),
    Call(OFFICE, "Book a room for 8 people on Tuesday.", "book_room", {"day": "tuesday", "people": 8}),
    Call(OFFICE, "Translate this into French: good night", "translate", {"language": "french"}),
    Call(OFFICE, "What is the exchange rate of the yen?", "get_exchange_rate", {"currency": "yen"}),
    Call(OFFICE, "I need a meeting room on Monday for 3 people.", "book_room", {"day": "monday", "people": 3}),
    Call(OFFICE, "Where is the contract with Miller?", "find_document", {"query": "contract with miller"}),
    Call(SAMPLE, "Hey!", None),
    Call(SAMPLE, "Nice to meet you, I am Paul.", None),
    Call(SAMPLE, "Where do I live?", None),
    Call(SAMPLE, "What is the capital of Portugal?", None),
    Call(SAMPLE, "Who invented the telephone?", None),
    Call(SAMPLE, "Tell me a story about a dragon.", None),
    Call(SAMPLE, "I work as a gardener.", None),
    Call(SAMPLE, "That was helpful, thanks.", None),
    Call(HOUSE, "How are you doing?", None),
    Call(HOUSE, "Why is the sky blue?", None),
    Call(HOUSE, "I am tired.", None),
    Call(HOUSE, "What does the word 'diligent' mean?", None),
    Call(HOUSE, "Give me a synonym for happy.", None),
    Call(HOUSE, "Do you like jazz?", None),
    Call(OFFICE, "Good evening!", None),
    Call(OFFICE, "What is my favourite food?", None),
    Call(OFFICE, "My favourite food is sushi.", None),
    Call(OFFICE, "Who was Albert Einstein?", None),
    Call(OFFICE, "What is gravity?", None),
    Call(OFFICE, "See you tomorrow.", None),
]

TOLD = [
    Told("Could you tell me what time it is?", "get_current_time", "2026-11-23T05:12:09+00:00 (Monday, UTC)", "05:12"),
    Told("Which day is it?", "get_current_time", "2026-11-24T18:40:00+00:00 (Tuesday, UTC)", "tuesday"),
    Told("What's 14 times 6?", "multiply", '{"operation": "multiplication", "result": 84}', r"\b84\b"),
    Told("What is 90 divided by 6?", "divide", '{"operation": "division", "result": 15.0}', r"\b15\b"),
    Told("Is 51 a prime number?", "is_prime", '{"operation": "prime_check", "result": false}', r"\bno\b|not"),
    Told("How warm is it in Madrid?", "get_weather", "Madrid: 31 degrees, clear sky", "31"),
    Told("What is the exchange rate of the yen?", "get_exchange_rate", "1 EUR = 163.48 JPY", r"163\.48"),
    Told("Book a room for 8 people on Tuesday.", "book_room", "Room Aspen is booked for Tuesday", "aspen"),
    Told("What is on my shopping list?", "read_list", '["milk", "eggs", "bread"]', "milk.*eggs.*bread"),
    Told("Where is my parcel?", "track", '{"status": "in transit", "arrives": "Friday"}', "transit.*friday"),
]

EXTRACTIONS = [
    Extraction("Maria is 34 years old and lives in Lisbon.", {"name": "maria", "age": 34, "city": "lisbon"}),
    Extraction("The red bicycle costs 250 euros.", {"color": "red", "item": "bicycle", "price": 250}),
    Extraction("Flight 482 leaves Berlin for Rome.", {"flight": 482, "origin": "berlin", "destination": "rome"}),
    Extraction("Dr. Chen, a surgeon, has worked for 12 years.", {"name": "chen", "job": "surgeon", "years": 12}),
    Extraction("Order 7731: two lamps for Mr. Novak.", {"order": 7731, "item": "lamp", "customer": "novak"}),
    Extraction("In 1969 Armstrong walked on the Moon.", {"year": 1969, "person": "armstrong", "place": "moon"}),
    Extraction("The recipe needs 3 onions and serves 4 people.", {"ingredient": "onion", "amount": 3, "people": 4}),
    Extraction("Kenji, who is 27, plays the violin.", {"name": "kenji", "age": 27, "instrument": "violin"}),
    Extraction("Room 305 is booked for Olga on Thursday.", {"room": 305, "guest": "olga", "day": "thursday"}),
    Extraction("Our cat Luna is 6 years old and black.", {"name": "luna", "age": 6, "color": "black"}),
]

MEMORIES = [
    Memory("Hello! My name is Paul and I live in Vienna.", ("paul", "vienna")),
    Memory("I work as a gardener and I love roses.", ("gardener", "rose")),
    Memory("My wife Sara is a pilot. We have three children.", ("pilot", "three children")),
    Memory("I'm a vegan, so please suggest a recipe.", ("vegan",)),
    Memory("I moved to Boston in 2019. Can you recommend a museum?", ("boston",)),
    Memory("My favourite food is sushi, but I can't eat shellfish.", ("sushi", "shellfish")),
    Memory("I am learning Italian because my grandmother comes from Naples.", ("italian",)),
    Memory("I study physics at university and I play tennis on Sundays.", ("physics", "tennis")),
    Memory("Call me Max. I prefer metric units.", ("max", "metric")),
    Memory("I turned 40 last week!", ("40",)),
    Memory("What is the capital of Portugal?", ()),
    Memory("Tell me a story about a dragon.", ()),
    Memory("Thanks a lot, see you tomorrow.", ()),
    Memory("Could you calculate 12 times 9 for me?", ()),
    Memory("Please explain to me how engines work.", ()),
]

RECALLS = [
    Recall("Nice to meet you, I am Paul.", "What's my name?", "paul"),
    Recall("My favourite food is sushi.", "What is my favourite food?", "sushi"),
    Recall("I work as a gardener in Vienna.", "Where do I work?", "vienna|gardener"),
    Recall("I have a parrot called Coco.", "What is my parrot called?", "coco"),
    Recall("My wife Sara is a pilot.", "What does my wife do?", "pilot"),
    Recall("I was born in 1985.", "In which year was I born?", "1985"),
    Recall("I moved to Boston last summer.", "Where do I live now?", "boston"),
    Recall("My birthday is on 9 July.", "Do you remember when my birthday is?", "9 july|july 9"),
    Recall("I'm learning Italian.", "Which language am I learning?", "italian"),
    Recall("I drive a blue Fiat.", "What car do I drive?", "fiat"),
]
