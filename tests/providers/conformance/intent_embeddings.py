"""What a recorded request for embeddings wanted, in our terms, and what is said differently."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.providers.cassettes import Cassette
from tests.providers.conformance.equivalence import Body, Equivalence, each, said, without

TASKS = {
    "taskType": "task_type", "outputDimensionality": "dimensions", "output_dimensionality": "dimensions",
    "title": "title",
}  # fmt: skip


class Texts(NamedTuple):
    """What is to be embedded, and the options of the embedder."""

    texts: list[str]
    options: dict[str, Any]


def intent(body: Body) -> Texts:
    """Of a recorded body in OpenAI's, Ollama's or Gemini's dialect."""
    if "requests" in body:
        return _gemini(body["requests"])
    given = body["prompt"] if "prompt" in body else body["input"]
    texts = [given] if isinstance(given, str) else given
    rest = {name: value for name, value in without(body, "model", "input", "prompt").items() if value is not None}
    return Texts(texts, {"id": body["model"], **rest})


def _gemini(requests: list[Body]) -> Texts:
    first = requests[0]
    texts = [part["text"] for request in requests for part in request["content"]["parts"]]
    options = {TASKS[name]: value for name, value in first.items() if name in TASKS}
    id = first["model"].removeprefix("models/")
    return Texts(texts, {"id": id, "task_type": None, "dimensions": None, **options})


# ---- equivalences


def _listed(body: Body) -> Body:
    given = body.get("input")
    return {**body, "input": [given]} if isinstance(given, str) else body


def _prompted(body: Body) -> Body:
    return {**without(body, "prompt"), "input": [body["prompt"]]} if "prompt" in body else body


def _floats(body: Body) -> Body:
    return without(body, "encoding_format") if body.get("encoding_format") == "float" else body


def _spelled(body: Body) -> Body:
    def camel(request: Body) -> Body:
        wanted = request.get("output_dimensionality")
        kept = without(request, "output_dimensionality")
        return kept if wanted is None else {**kept, "outputDimensionality": wanted}

    return each(body, "requests", camel)


EQUIVALENT = [
    Equivalence("one text or a list of one", "`input` takes both", _listed),
    Equivalence(
        "a prompt is a list of one text", "Ollama's /api/embeddings is the older form of /api/embed", _prompted
    ),
    Equivalence("floats unless asked otherwise", "`encoding_format` is `float` by default", _floats),
    Equivalence("snake_case and camelCase", "Google's JSON takes both spellings of a field", _spelled),
    Equivalence("null, empty and absent are one", "no vendor tells them apart", said),
]


def equivalent(cassette: Cassette) -> list[Equivalence]:
    """For any provider."""
    return EQUIVALENT
