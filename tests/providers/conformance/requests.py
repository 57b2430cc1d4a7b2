"""The check of one recorded request: the same intent through our model gives an equivalent body."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.providers.cassettes import Cassette
from tests.providers.conformance import (
    intent_chat,
    intent_embeddings,
    intent_gemini,
    intent_ollama,
    intent_responses,
    ours,
)
from tests.providers.conformance.equivalence import Body, Equivalence, differing, needed
from tests.providers.conformance.intent_chat import Intent
from tests.providers.conformance.intent_embeddings import Texts


class Way(NamedTuple):
    """How a dialect's requests are read and compared."""

    intent: Callable[[Body], Intent | Texts]
    equivalent: Callable[[Cassette], list[Equivalence]]


class Comparison(NamedTuple):
    """What differs in spite of the equivalences; if nothing does, those that were needed."""

    wrongs: list[str]
    needed: list[str]


WAYS = {
    "chat": Way(intent_chat.intent, intent_chat.equivalent),
    "responses": Way(intent_responses.intent, intent_responses.equivalent),
    "gemini": Way(intent_gemini.intent, intent_gemini.equivalent),
    "ollama": Way(intent_ollama.intent, intent_ollama.equivalent),
    "embeddings": Way(intent_embeddings.intent, intent_embeddings.equivalent),
}


def is_kept(cassette: Cassette) -> bool:
    """Whether there is a body to compare: some recorders kept none, and some requests have none."""
    return isinstance(cassette.request, dict)


def compared(cassette: Cassette) -> Comparison:
    """Ours against the recorded one."""
    way = WAYS[cassette.dialect]
    recorded = cassette.request
    try:
        wanted = way.intent(recorded)
    except KeyError as missing:
        return Comparison([f"no {missing} in the request: it is not one of those that we make"], [])
    if isinstance(wanted, Texts):
        body = ours.embedding_sent(cassette, wanted.texts, **wanted.options)
    else:
        body = ours.body_sent(cassette, wanted.request, **wanted.options)
    ways = way.equivalent(cassette)
    wrongs = differing(recorded, body, ways)
    return Comparison(wrongs, [] if wrongs else needed(recorded, body, ways))
