"""Plain runs: what goes to the model and what comes back (core.md §2.1-2.3)."""

from contracts.scenario import ONCE, WHOLE, scenario
from contracts.script import Failure, say


@scenario("plain/hello", [say("Hello ", "there, ", "friend")])
def hello(k):
    k.run(k.agent(), "Good day to you")


@scenario("plain/named", [say("Once upon ", "a time")])
def named(k):
    k.run(k.agent(name="Story Teller"), "Tell me one", user_id="ada", session_id="s-1")


@scenario("plain/own-id", [say("Fine")], ways=ONCE)
def own_id(k):
    agent = k.agent(name="Story Teller", id="teller", user_id="bob", session_id="s-2")
    k.run(agent, "How are you?")
    k.note("id", agent.id)


@scenario("plain/run-id", [say("Fine")], ways=WHOLE)
def run_id(k):
    k.run(k.agent(), "How are you?", run_id="run-of-mine")


@scenario("plain/metadata", [say("Fine")])
def metadata(k):
    k.run(k.agent(metadata={"team": "blue", "level": 1}), "How are you?", metadata={"level": 2, "colour": "red"})


@scenario("plain/message", [say("Read")], ways=WHOLE)
def message(k):
    k.run(k.agent(), k.Message(role="user", content="A message object"))


@scenario("plain/messages", [say("Read")], ways=WHOLE)
def messages(k):
    told = [k.Message(role="user", content="First of two"), k.Message(role="assistant", content="I listen")]
    k.run(k.agent(), [*told, k.Message(role="user", content="Second of two")])


@scenario("plain/texts", [say("Read")], ways=WHOLE)
def texts(k):
    k.run(k.agent(), ["Line the first", "Line the second"])


@scenario("plain/mapping", [say("Read")], ways=WHOLE)
def mapping(k):
    k.run(k.agent(), {"order": 17, "items": ["apple", "pear"]})


@scenario("plain/model-input", [say("Read")], ways=WHOLE)
def model_input(k):
    from pydantic import BaseModel

    class Order(BaseModel):
        number: int
        items: list[str]

    k.run(k.agent(), Order(number=17, items=["apple", "pear"]))


@scenario("plain/empty-input", [say("Read")], ways=ONCE)
def empty_input(k):
    k.attempt("empty", lambda: k.agent().run(""))


@scenario("plain/sticky-session", [say("One"), say("Two")], ways=WHOLE)
def sticky_session(k):
    agent = k.agent()
    first, second = k.run(agent, "The first question"), k.run(agent, "The second question")
    k.note("same session", first.session_id == second.session_id)


@scenario("plain/two-agents", [say("One"), say("Two")], ways=ONCE)
def two_agents(k):
    first, second = k.run(k.agent(), "The first question"), k.run(k.agent(), "The second question")
    k.note("same session", first.session_id == second.session_id)


@scenario("plain/default-stream", [say("Piece ", "by piece")], ways=ONCE)
def default_stream(k):
    k.events("content only", k.agent(stream=True).run("Say something"))


@scenario("plain/default-events", [say("Piece ", "by piece")], ways=ONCE)
def default_events(k):
    k.events("all events", k.agent(stream=True, stream_events=True).run("Say something"))


@scenario("plain/model-error", [Failure("bad_request", "the model dislikes this")])
def model_error(k):
    k.run(k.agent(), "Something disliked")


@scenario("plain/model-error-stored", [Failure("bad_request", "the model dislikes this")], ways=("run", "astream"))
def model_error_stored(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-bad")
    k.run(agent, "Something disliked")
    k.session(agent, "s-bad")


@scenario("plain/images", [say("Two pictures")], ways=WHOLE)
def images(k):
    pictures = [k.Image(url="https://example.com/a.png"), k.Image(url="https://example.com/b.png", detail="low")]
    k.run(k.agent(), "What do you see?", images=pictures)


@scenario("plain/file", [say("A letter")], ways=ONCE)
def file(k):
    k.run(
        k.agent(), "What is this?", files=[k.File(content=b"Dear Ada", filename="letter.txt", mime_type="text/plain")]
    )


@scenario("plain/audio", [say("A bell")], ways=ONCE)
def audio(k):
    k.run(k.agent(), "What do you hear?", audio=[k.Audio(content=b"RIFFdata", format="wav")])


@scenario("plain/media-not-sent", [say("Nothing seen")], ways=ONCE)
def media_not_sent(k):
    pictures = [k.Image(url="https://example.com/a.png")]
    k.run(k.agent(send_media_to_model=False), "What do you see?", images=pictures)


@scenario("plain/retries", [Failure("server", "fell over", times=3), say("Up again")], ways=WHOLE)
def retries(k):
    k.run(k.agent(retries=1, delay_between_retries=0), "Try hard")


@scenario("plain/unknown-option", [], ways=ONCE)
def unknown_option(k):
    k.attempt("unknown", lambda: k.agent(colour="blue"))


@scenario("plain/input-schema", [say("Read")], ways=ONCE)
def input_schema(k):
    from pydantic import BaseModel

    class Order(BaseModel):
        number: int

    agent = k.agent(input_schema=Order)
    k.run(agent, {"number": 17})
    k.run(agent, {"number": "many"})
