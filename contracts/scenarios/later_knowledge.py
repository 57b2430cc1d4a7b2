"""Knowledge over HTTP: uploaded, looked at, searched, changed, removed; where else it may come from (agentos.md §2)."""

from contracts.scenario import ONCE, scenario
from contracts.scenarios.server import keeper
from contracts.service import Upload


def _set_up(self):
    self.id, self.name, self.kept = "shelf", "Shelf", []


def _keep(self, content_hash, documents, filters=None, *args, **more):
    self.kept += documents


def _found(self, query, limit=5, filters=None, *args, **more):
    words = query.lower().split()
    return [one for one in self.kept if any(word in one.content.lower() for word in words)][:limit]


def _clear(self, *args, **more):
    self.kept.clear()
    return True


def _later(method):
    async def work(*args, **more):
        return method(*args, **more)

    return work


def _says(value):
    return lambda self, *args, **more: value


METHODS = {
    **dict.fromkeys(("insert", "upsert"), _keep),
    "search": _found,
    **dict.fromkeys(("delete", "delete_by_id", "delete_by_name", "delete_by_metadata", "delete_by_content_id"), _clear),
    **dict.fromkeys(("content_hash_exists", "name_exists", "id_exists"), _says(False)),
    **dict.fromkeys(("create", "drop", "optimize", "update_metadata"), _says(None)),
    "exists": _says(True),
    "get_supported_search_types": _says(["vector"]),
}
LATER = ("insert", "upsert", "search", "name_exists", "create", "drop", "exists")


def shelf(k):
    """A store of documents that finds those with a word of the question."""
    late = {f"async_{name}": _later(METHODS[name]) for name in LATER}
    return type("Shelf", (k.VectorDb,), {"__init__": _set_up, **METHODS, **late})()


def library(k):
    known = k.Knowledge(name="Charts", vector_db=shelf(k), contents_db=k.sqlite())
    return k.serve(keeper(k, knowledge=known), knowledge=[known])


TEXT = {
    "name": "tides",
    "description": "Of the sea",
    "text_content": "The tide turns at noon",
    "metadata": '{"a": "b"}',
}


@scenario("agentos/knowledge-upload", ways=ONCE)
def upload(k):
    service = library(k)
    made = service.post("/knowledge/content", form=TEXT)
    service.poll(f"/knowledge/content/{made['id']}/status")
    service.get(f"/knowledge/content/{made['id']}")
    service.get("/knowledge/content")
    service.post("/knowledge/content", form={"name": "nothing"})


@scenario("agentos/knowledge-upload-file", ways=ONCE)
def upload_file(k):
    service = library(k)
    made = service.post(
        "/knowledge/content", form={"name": "moon"}, uploads=[Upload("file", "moon.txt", "text/plain", b"All cheese")]
    )
    service.poll(f"/knowledge/content/{made['id']}/status")


@scenario("agentos/knowledge-search", ways=ONCE)
def search(k):
    service = library(k)
    made = service.post("/knowledge/content", form=TEXT)
    service.poll(f"/knowledge/content/{made['id']}/status")
    service.post("/knowledge/search", json={"query": "tide", "max_results": 2})
    service.post("/knowledge/search", json={"query": "mountains"})
    service.post("/knowledge/search", json={})


@scenario("agentos/knowledge-change", ways=ONCE)
def change(k):
    service = library(k)
    made = service.post("/knowledge/content", form=TEXT)
    service.poll(f"/knowledge/content/{made['id']}/status")
    service.ask("PATCH", f"/knowledge/content/{made['id']}", form={"name": "ebb", "metadata": '{"a": "c"}'})
    service.ask("PATCH", "/knowledge/content/none", form={"name": "ebb"})
    service.post(f"/knowledge/content/{made['id']}/refresh")
    service.post("/knowledge/content/none/refresh")


@scenario("agentos/knowledge-delete", ways=ONCE)
def delete(k):
    service = library(k)
    made = service.post("/knowledge/content", form=TEXT)
    service.poll(f"/knowledge/content/{made['id']}/status")
    service.delete(f"/knowledge/content/{made['id']}")
    service.get(f"/knowledge/content/{made['id']}")
    service.get("/knowledge/content/none/status")
    service.delete("/knowledge/content")
    service.get("/knowledge/content")


@scenario("agentos/knowledge-config", ways=ONCE)
def config(k):
    service = library(k)
    service.get("/knowledge/config")
    service.get("/knowledge/config", knowledge_id="none")


@scenario("agentos/knowledge-sources", ways=ONCE)
def sources(k):
    service = library(k)
    service.get("/knowledge/charts/sources")
    service.get("/knowledge/none/sources")
    service.get("/knowledge/charts/sources/none/files")
    service.post("/knowledge/remote-content", form={"config_id": "none", "path": "tides.txt"})
