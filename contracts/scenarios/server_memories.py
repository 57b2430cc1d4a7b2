"""Memories over HTTP: made, read, changed, deleted, searched, counted, optimised (agentos.md §2)."""

from contracts.scenario import ONCE, add, scenario
from contracts.scenarios.server import keeper
from contracts.script import say

KNOWN = (
    ("The user sails", "ada", ["hobby"]),
    ("The user drinks tea", "ada", ["food", "drink"]),
    ("The user climbs", "bob", ["hobby"]),
)


BY_TEXT = {"sort_by": "memory", "sort_order": "asc"}


def remembering(k, **options):
    """A server that knows the three."""
    service = k.serve(keeper(k, **options))
    made = [
        service.post("/memories", json={"memory": memory, "user_id": user, "topics": topics})
        for memory, user, topics in KNOWN
    ]
    return service, [one["memory_id"] for one in made]


def make(k):
    service = k.serve(keeper(k))
    service.post("/memories", json=k.options["body"], **k.options["query"])
    service.get("/memories", **BY_TEXT)


for name, body, query in (
    ("whole", {"memory": "The user sails", "user_id": "ada", "topics": ["hobby", "sea"]}, {}),
    ("no-topics", {"memory": "The user sails", "user_id": "ada"}, {}),
    ("no-user", {"memory": "The user sails"}, {}),
    ("empty", {"memory": "", "user_id": "ada"}, {}),
    ("no-memory", {"user_id": "ada"}, {}),
    ("bad-memory", {"memory": 7, "user_id": "ada"}, {}),
    ("bad-topics", {"memory": "The user sails", "topics": "hobby"}, {}),
    ("bad-database", {"memory": "The user sails"}, {"db_id": "none"}),
    ("too-long", {"memory": "sea " * 2000, "user_id": "ada"}, {}),
):
    add(f"server/create-memory-{name}", make, [], ways=ONCE, body=body, query=query)


@scenario("server/memory-by-id", ways=ONCE)
def by_id(k):
    service, ids = remembering(k)
    service.get(f"/memories/{ids[0]}", user_id="ada")
    service.get(f"/memories/{ids[0]}")
    service.get(f"/memories/{ids[0]}", user_id="bob")
    service.get("/memories/none", user_id="ada")
    service.get("/memories/none")


def change(k):
    service, ids = remembering(k)
    service.patch(f"/memories/{ids[0]}", json=k.options["body"])
    service.get("/memories", user_id="ada", **BY_TEXT)


for name, body in {
    "memory": {"memory": "The user rows", "user_id": "ada"},
    "topics": {"memory": "The user rows", "user_id": "ada", "topics": ["boats"]},
    "no-topics": {"memory": "The user rows", "user_id": "ada", "topics": []},
    "no-memory": {"user_id": "ada", "topics": ["boats"]},
    "no-user": {"memory": "The user rows"},
}.items():
    add(f"server/update-memory-{name}", change, [], ways=ONCE, body=body)


@scenario("server/update-memory-unknown", ways=ONCE)
def change_unknown(k):
    k.serve(keeper(k)).patch("/memories/none", json={"memory": "The user rows", "user_id": "ada"})


@scenario("server/update-memory-foreign", ways=ONCE)
def change_foreign(k):
    service, ids = remembering(k)
    service.patch(f"/memories/{ids[0]}", json={"memory": "The user rows", "user_id": "bob"})
    service.get("/memories", user_id="ada", **BY_TEXT)


@scenario("server/delete-memory", ways=ONCE)
def delete(k):
    service, ids = remembering(k)
    service.delete(f"/memories/{ids[0]}", user_id="bob")
    service.get("/memories", user_id="ada", **BY_TEXT)
    service.delete(f"/memories/{ids[0]}", user_id="ada")
    service.delete(f"/memories/{ids[2]}")
    service.delete("/memories/none", user_id="ada")
    service.get("/memories", **BY_TEXT)


def delete_many(k):
    service, ids = remembering(k)
    body = {"memory_ids": ids[:2], **k.options["body"]}
    service.delete("/memories", json=body)
    service.get("/memories", **BY_TEXT)


for name, body in {
    "own": {"user_id": "ada"},
    "foreign": {"user_id": "bob"},
    "no-user": {},
    "none": {"memory_ids": [], "user_id": "ada"},
    "bad-ids": {"memory_ids": "one"},
}.items():
    add(f"server/delete-memories-{name}", delete_many, [], ways=ONCE, body=body)


@scenario("server/delete-memories-no-ids", ways=ONCE)
def delete_without_ids(k):
    k.serve(keeper(k)).delete("/memories", json={"user_id": "ada"})


def find(k):
    service, _ = remembering(k)
    service.get("/memories", **k.options["query"])


for name, query in {
    "user": {"user_id": "ada", **BY_TEXT},
    "all": BY_TEXT,
    "topic": {"topics": "food"},
    "two-topics": {"topics": "food,hobby", **BY_TEXT},
    "both-topics": {"topics": ["food", "drink"]},
    "unknown-topic": {"topics": "stars"},
    "text": {"search_content": "sails"},
    "text-in-capitals": {"search_content": "SAILS"},
    "agent": {"agent_id": "keeper"},
    "page-one": {"limit": "2", "page": "1", **BY_TEXT},
    "page-two": {"limit": "2", "page": "2", **BY_TEXT},
    "page-far": {"limit": "2", "page": "9"},
    "descending": {"sort_by": "memory", "sort_order": "desc"},
    "zero-limit": {"limit": "0"},
    "zero-page": {"page": "0"},
    "bad-limit": {"limit": "many"},
    "bad-order": {"sort_order": "sideways"},
    "bad-database": {"db_id": "none"},
}.items():
    add(f"server/list-memories-{name}", find, [], ways=ONCE, query=query)


@scenario("server/memory-topics", ways=ONCE)
def topics(k):
    service = k.serve(keeper(k))
    for memory in ("The user sails", "The user rows"):
        service.post("/memories", json={"memory": memory, "user_id": "ada", "topics": ["hobby"]})
    service.get("/memory_topics")
    service.get("/memory_topics", user_id="ada")
    service.get("/memory_topics", user_id="cyd")


@scenario("server/memory-stats", ways=ONCE)
def stats(k):
    service, _ = remembering(k)
    service.get("/user_memory_stats", user_id="ada")
    service.get("/user_memory_stats", user_id="cyd")
    service.get("/user_memory_stats", limit="1", page="9")
    service.get("/user_memory_stats", limit="0")


@scenario("server/no-memories", ways=ONCE)
def nothing(k):
    service = k.serve(keeper(k))
    service.get("/memories", **BY_TEXT)
    service.get("/memory_topics")
    service.get("/user_memory_stats")


@scenario("agentos/optimize-memories", [say("The user sails and drinks tea")], ways=ONCE)
def optimise(k):
    service, _ = remembering(k)
    service.post("/optimize-memories", json={"user_id": "ada", "apply": False})
    service.post("/optimize-memories", json={"user_id": "ada"})
    service.get("/memories", user_id="ada", **BY_TEXT)
