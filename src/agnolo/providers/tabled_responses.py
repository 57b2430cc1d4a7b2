"""Models made from rows of the table that speak Responses: apart, as chat vendors need not load that dialect."""

from __future__ import annotations

from agnolo.providers.openai_responses_model import OpenResponses
from agnolo.providers.tabled import Tabled


class TabledResponses(Tabled, OpenResponses):
    """A vendor of the table that speaks Responses."""

    api_key: str | None = None
