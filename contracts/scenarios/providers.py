"""The providers, each through the same cases: what is sent, what is read from every kind of answer (providers.md)."""

from contracts.scenario import ONCE, STREAMED, WHOLE, add
from contracts.script import Call, Failure, Reply, answer, call, calls, say

VENDORS = (
    "openai", "openai-responses", "gemini", "glm4", "openrouter", "siliconflow", "cerebras", "modelscope", "groq",
    "ollama", "anthropic",
)  # fmt: skip
EMBEDDING = ("openai", "gemini", "glm4", "openrouter", "siliconflow", "ollama")
TROUBLES = ("authentication", "not_found", "rate_limit", "server", "malformed", "overflow", "bad_request", "overloaded")
PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
)


def chat(k):
    k.run(k.agent(instructions="Answer in one short sentence."), "What is the capital of France?")


def parameters(k):
    k.run(k.agent(model=k.model(temperature=0.25, top_p=0.5)), "Choose a colour for me")


def tools(k):
    def get_weather(city: str) -> str:
        """Get the weather of a city.

        Args:
            city: Name of the city.
        """
        return f"sunny in {city}, 21 degrees"

    k.run(k.agent(tools=[get_weather]), "How is the weather in Paris?")


def parallel(k):
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return f"sunny in {city}"

    def get_time(zone: str) -> str:
        """Get the time of a zone."""
        return f"noon in {zone}"

    k.run(k.agent(tools=[get_weather, get_time]), "Weather and time in Rome, please")


def forced(k):
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return f"sunny in {city}"

    k.run(k.agent(tools=[get_weather], tool_choice=k.options["choice"]), "Only talk to me, please")


def structured(k):
    from pydantic import BaseModel, Field

    class City(BaseModel):
        """A city."""

        name: str = Field(description="What it is called.")
        people: int
        nicknames: list[str] = []

    k.run(k.agent(output_schema=City), "Describe Rome as data")


def json_mode(k):
    from pydantic import BaseModel

    class City(BaseModel):
        name: str
        people: int

    k.run(k.agent(output_schema=City, use_json_mode=True), "Describe Rome as data")


def image(k):
    k.run(k.agent(), "What is in this picture?", images=[k.Image(content=PIXEL, format="png", mime_type="image/png")])


def image_url(k):
    k.run(k.agent(), "What is in this picture?", images=[k.Image(url="https://example.com/cat.png")])


def reasoning(k):
    k.run(k.agent(), "Think first: is 91 a prime number?")


def conversation(k):
    def get_weather(city: str) -> str:
        """Get the weather of a city."""
        return f"sunny in {city}"

    agent = k.agent(tools=[get_weather], db=k.InMemoryDb(), add_history_to_context=True, session_id="s-talk")
    k.run(agent, "How is the weather in Paris?")
    k.run(agent, "And what did I ask before?")


def embeddings(k):
    embedder = k.embedder(dimensions=8)
    k.attempt("embedding", lambda: embedder.get_embedding("The quick brown fox"))
    k.attempt("usage", lambda: embedder.get_embedding_and_usage("jumps over the lazy dog"))


def embeddings_async(k):
    embedder = k.embedder(dimensions=8)
    k.attempt("embedding", lambda: k.wait(embedder.async_get_embedding("The quick brown fox")))
    k.attempt("usage", lambda: k.wait(embedder.async_get_embedding_and_usage("jumps over the lazy dog")))


def embeddings_refused(k):
    embedder = k.embedder(dimensions=8)
    k.attempt("embedding", lambda: embedder.get_embedding("The quick brown fox"))


BOTH = calls(Call("get_weather", {"city": "Rome"}), Call("get_time", {"zone": "Europe/Rome"}))
DATA = {"name": "Rome", "people": 2800000, "nicknames": ["The Eternal City"]}

for vendor in VENDORS:
    at = {"vendor": vendor}
    home = f"providers/{vendor}"
    add(f"{home}/chat", chat, [say("The capital ", "of France ", "is Paris.")], ways=WHOLE, **at)
    add(f"{home}/stream", chat, [say("The capital ", "of France ", "is Paris.")], ways=STREAMED, **at)
    add(f"{home}/parameters", parameters, [say("Blue")], ways=ONCE, **at)
    add(f"{home}/cut", chat, [say("The capital ", "of", finish="length")], ways=("run", "stream"), **at)
    add(f"{home}/usage", chat, [say("Paris.", input_tokens=900, output_tokens=50, cached_tokens=512)],
        ways=("run", "stream"), **at)  # fmt: skip
    add(f"{home}/tools", tools, [call("get_weather", city="Paris"), say("Sunny ", "it is.")], **at)
    add(f"{home}/parallel", parallel, [BOTH, say("Sunny, ", "and noon.")], **at)
    add(f"{home}/no-tool", forced, [say("I only talk.")], ways=ONCE, choice="none", **at)
    add(f"{home}/structured", structured, [answer(DATA)], ways=("run", "astream"), **at)
    add(f"{home}/json-mode", json_mode, [answer({"name": "Rome", "people": 2800000})], ways=ONCE, **at)
    add(f"{home}/image", image, [say("One dot.")], ways=ONCE, **at)
    if vendor not in ("gemini", "ollama", "anthropic"):
        add(f"{home}/image-url", image_url, [say("A cat.")], ways=ONCE, **at)
    add(f"{home}/reasoning", reasoning,
        [Reply(text=("No, ", "7 times 13."), reasoning=("91 is ", "7 * 13"), reasoning_tokens=20, output_tokens=30)],
        ways=("run", "stream", "astream"), **at)  # fmt: skip
    add(f"{home}/conversation", conversation,
        [call("get_weather", city="Paris"), say("Sunny."), say("About ", "the weather.")],
        ways=("run", "stream"), **at)  # fmt: skip
    for trouble in TROUBLES:
        told = [Failure(trouble, f"the provider reports {trouble} here")]
        add(f"{home}/error-{trouble.replace('_', '-')}", chat, told, ways=("run", "astream"), **at)
    add(f"{home}/recovers", chat, [Failure("overloaded", "busy for a moment", times=1), say("Paris, ", "after all.")],
        ways=ONCE, **at)  # fmt: skip

for vendor in EMBEDDING:
    add(f"providers/{vendor}/embeddings", embeddings, [], ways=ONCE, vendor=vendor)
    add(f"providers/{vendor}/embeddings-async", embeddings_async, [], ways=ONCE, vendor=vendor)
    add(f"providers/{vendor}/embeddings-refused", embeddings_refused, [Failure("authentication", "no such key here")],
        ways=ONCE, vendor=vendor)  # fmt: skip
