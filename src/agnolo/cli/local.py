"""`agnolo local`: the weights of the model that needs no key."""

from __future__ import annotations

import typer

from agnolo.cli.terminal import bars, out
from agnolo.providers import local_weights

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The local model's weights.")


@app.callback()
def local() -> None:
    """The local model's weights."""


@app.command()
def pull() -> None:
    """Fetch the weights of the local model and embedder (about 180 MB, once) and check their sums."""
    with bars() as shown:
        files = local_weights.pull(shown.update)
    for file in files:
        out.print(f"{file} ({file.stat().st_size / 1e6:.0f} MB)", markup=False)
