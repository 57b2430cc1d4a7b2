"""`agnolo models`: which models providers offer."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from agnolo.cli.dotenv import load_dotenv
from agnolo.cli.main import one_line
from agnolo.cli.terminal import out, table
from agnolo.ports.blocking import finished
from agnolo.ports.listing import Listing, ModelInfo
from agnolo.providers import catalog
from agnolo.vocabulary.errors import AgnoloError, NotOfferedError

app = typer.Typer(add_completion=False)


class Told(NamedTuple):
    """What one provider says: its models, or why there are none to show."""

    provider: str
    models: list[ModelInfo]
    trouble: str = ""


@app.command()
def models(
    provider: Annotated[str | None, typer.Argument(help="A provider such as openai; else all configured ones.")] = None,
) -> None:
    """List the models that a provider offers, or all configured providers do."""
    load_dotenv(Path(".env"), os.environ)
    told = [finished(_ask(provider))] if provider else finished(_ask_all())
    rows = [_row(each.provider, info) for each in told for info in each.models]
    if rows:
        table(("provider", "model", "context", "takes", "gives", "created"), rows)
    troubles = [(each.provider, each.trouble) for each in told if each.trouble]
    if troubles:
        if rows:
            out.print()
        table(("provider", "no list"), troubles)


async def _ask(provider: str) -> Told:
    model = catalog.resolve(provider)
    if not isinstance(model, Listing):
        raise NotOfferedError(f"{provider} has no list of its models")
    return Told(catalog.named(provider).provider, await model.alist_models())


async def _ask_all() -> list[Told]:
    """The configured ones at the same time; the others with what they lack."""
    return list(await asyncio.gather(*map(_told, catalog.providers_health())))


async def _told(known: catalog.ProviderStatus) -> Told:
    if known.status == "not-configured":
        return Told(known.provider, [], f"not configured: set {' or '.join(known.missing)}")
    try:
        return await _ask(known.provider)
    except AgnoloError as error:
        return Told(known.provider, [], one_line(error))


def _row(provider: str, info: ModelInfo) -> tuple[str, ...]:
    window = f"{info.context_window:,}" if info.context_window else "-"
    made = datetime.fromtimestamp(info.created, UTC).strftime("%Y-%m-%d") if info.created else "-"
    takes, gives = (", ".join(words or ()) or "-" for words in (info.input_modalities, info.output_modalities))
    return provider, info.id, window, takes, gives, made
