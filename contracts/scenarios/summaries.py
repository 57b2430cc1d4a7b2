"""Summaries of sessions: when they are made, of what, and who reads them (core.md §2.1, §5)."""

from contracts.scenario import EVERY_WAY, ONCE, WHOLE, add, scenario
from contracts.scenarios.server import keeper
from contracts.script import Failure, answer, call, say

MET = answer({"summary": "They greeted each other", "topics": ["greeting"]})
PARTED = answer({"summary": "They met and parted again", "topics": ["greeting", "parting"]})


def _told(k, summary):
    k.note("summary", summary and [summary.summary, summary.topics, summary.updated_at is not None])


@scenario("summaries/every-way", [say("Good ", "day"), MET], ways=EVERY_WAY)
def every_way(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")
    _told(k, agent.get_session_summary(session_id="s-log"))
    _told(k, agent.get_session(session_id="s-log").summary)
    k.note("metrics", agent.get_session_metrics(session_id="s-log"))


@scenario("summaries/next-run", [say("Good day"), MET, say("Farewell"), PARTED], ways=WHOLE)
def next_run(k):
    agent = k.agent(db=k.sqlite(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")
    k.run(agent, "I have to leave now")
    _told(k, agent.get_session_summary(session_id="s-log"))
    k.session(agent, "s-log")


@scenario("summaries/with-tools", [call("look", at="sea"), say("Blue ", "water"), MET], ways=ONCE)
def with_tools(k):
    def look(at: str) -> str:
        """Look somewhere."""
        return f"seen a lot of {at}"

    agent = k.agent(
        db=k.InMemoryDb(), session_id="s-log", tools=[look], enable_session_summaries=True,
        instructions="Always speak about the water.",
    )  # fmt: skip
    k.run(agent, "What is out there?")
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/with-media", [say("A red square"), MET], ways=ONCE)
def with_media(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "What is in this picture?", images=[k.Image(url="https://pictures.example/red.png")])
    _told(k, agent.get_session_summary(session_id="s-log"))


def limited(k):
    manager = k.SessionSummaryManager(**k.options["limits"])
    agent = k.agent(
        db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True, session_summary_manager=manager,
        add_session_summary_to_context=False,
    )  # fmt: skip
    for asked in ("How do you do?", "I have to leave now"):
        k.run(agent, asked)
        _told(k, agent.get_session_summary(session_id="s-log"))


for name, limits in {"runs": {"last_n_runs": 1}, "messages": {"conversation_limit": 3}}.items():
    add(f"summaries/last-{name}", limited, [say("Good day"), MET, say("Farewell"), PARTED], ways=ONCE, limits=limits)


@scenario("summaries/own-words", [say("Good day"), MET], ways=ONCE)
def own_words(k):
    manager = k.SessionSummaryManager(
        model=k.model(id="summary-model"), session_summary_prompt="Say in one line what was said.",
        summary_request_message="What was it all about?",
    )  # fmt: skip
    agent = k.agent(
        db=k.InMemoryDb(), session_id="s-log", session_summary_manager=manager, enable_session_summaries=True
    )
    k.run(agent, "How do you do?")
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/manager-alone", [say("Good day"), say("Farewell")], ways=ONCE)
def manager_alone(k):
    store = k.InMemoryDb()
    agent = k.agent(db=store, session_id="s-log", session_summary_manager=k.SessionSummaryManager())
    k.run(agent, "How do you do?")
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/only-read", [say("Good day"), MET, say("Farewell")], ways=ONCE)
def only_read(k):
    store = k.InMemoryDb()
    writer = k.agent(db=store, session_id="s-log", enable_session_summaries=True)
    k.run(writer, "How do you do?")
    _told(k, writer.get_session_summary(session_id="s-log"))
    reader = k.agent(db=store, session_id="s-log", add_session_summary_to_context=True)
    k.run(reader, "I have to leave now")
    _told(k, reader.get_session_summary(session_id="s-log"))


@scenario("summaries/by-hand", [say("Good day"), MET], ways=WHOLE)
def by_hand(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log")
    k.run(agent, "How do you do?")
    manager, session = k.SessionSummaryManager(model=k.model()), agent.get_session(session_id="s-log")
    made = manager.acreate_session_summary(session) if k.is_async else manager.create_session_summary(session)
    _told(k, k.wait(made) if k.is_async else made)
    _told(k, session.get_session_summary())
    k.note("updated", manager.summaries_updated)
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/without-a-model", [say("Good day"), Failure("bad_request", "no summary today")], ways=EVERY_WAY)
def without_a_model(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/no-fit", [say("Good day"), say("They just met"), say("They met indeed")], ways=ONCE)
def no_fit(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")
    _told(k, agent.get_session_summary(session_id="s-log"))


@scenario("summaries/failed-run", [Failure("bad_request", "not that one")], ways=("run", "stream"))
def failed_run(k):
    agent = k.agent(db=k.InMemoryDb(), session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")
    k.attempt("summary", lambda: agent.get_session_summary(session_id="s-log"))


@scenario("summaries/without-a-store", [say("Good day"), MET], ways=ONCE)
def without_a_store(k):
    agent = k.agent(session_id="s-log", enable_session_summaries=True)
    k.run(agent, "How do you do?")


@scenario("summaries/unknown-session", ways=ONCE)
def unknown_session(k):
    agent = k.agent(db=k.InMemoryDb())
    k.attempt("no such session", lambda: agent.get_session_summary(session_id="s-none"))


@scenario("summaries/bad-limits", ways=ONCE)
def bad_limits(k):
    k.attempt("runs", lambda: k.SessionSummaryManager(last_n_runs=0))
    k.attempt("messages", lambda: k.SessionSummaryManager(conversation_limit=-1))


@scenario("summaries/as-dict", ways=ONCE)
def as_dict(k):
    summary = k.SessionSummary.from_dict(
        {"summary": "They met", "topics": ["greeting"], "updated_at": "2026-01-02T03:04:05"}
    )
    k.note("back", summary.to_dict())
    k.note("year", summary.updated_at.year)
    k.note("bare", k.SessionSummary(summary="They met").to_dict())


@scenario("summaries/served", [say("Good day"), MET, say("Farewell"), PARTED], ways=ONCE)
def served(k):
    service = k.serve(keeper(k, tools=[], enable_session_summaries=True))
    service.get("/agents/keeper")
    form = {"message": "How do you do?", "stream": "false", "session_id": "s-log"}
    service.post("/agents/keeper/runs", form=form)
    service.get("/sessions/s-log", type="agent")
    service.patch("/sessions/s-log", json={"summary": {"summary": "They quarrelled a lot"}}, type="agent")
    service.post("/agents/keeper/runs", form={**form, "message": "I have to leave now"})
    service.get("/sessions/s-log", type="agent")


@scenario("summaries/bad-patch", [say("Good day")], ways=ONCE)
def bad_patch(k):
    service = k.serve(keeper(k, tools=[]))
    service.post("/agents/keeper/runs", form={"message": "Hello", "stream": "false", "session_id": "s-log"})
    dated = {"summary": "They met", "updated_at": "2026-01-02T03:04:05"}
    bad = ("text", {"topics": ["a"]}, {"summary": 3}, {**dated, "topics": "b"}, {**dated, "updated_at": "soon"})
    for summary in (*bad, dated):
        service.patch("/sessions/s-log", json={"summary": summary}, type="agent")
