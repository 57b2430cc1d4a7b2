"""Running scenarios on one side: `python -m contracts.run reference` prints a JSON line for each."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

from contracts.kit import Kit, MissingName, Side, failure
from contracts.literals import own_texts
from contracts.normal import Normal
from contracts.provider import KEY, FakeProvider
from contracts.scenario import Scenario, load


class FreshSide(Side, Protocol):
    """A side that can forget what it learnt in another scenario."""

    def begin(self) -> None:
        """Forget it."""
        ...


def perform(scenario: Scenario, side: FreshSide, provider: FakeProvider) -> dict[str, Any]:
    """What the side does in the scenario, normalised."""
    side.begin()
    with tempfile.TemporaryDirectory(prefix="contract-", ignore_cleanup_errors=True) as folder:
        kit = Kit(scenario, side, provider, Path(folder))
        try:
            scenario.program(kit)
        except MissingName as missing:
            kit.steps.append({"missing": str(missing)})
        except Exception as error:
            kit.steps.append({"raised": failure(error)})
        finally:
            kit.close()
        normal = Normal(own_texts(scenario), places={kit.url: "<url>", folder: "<folder>"})
        return normal.capture(kit.steps, kit.conversation.requests())


def perform_all(chosen: Iterable[Scenario], side: FreshSide) -> Iterator[tuple[Scenario, dict[str, Any]]]:
    """All of them, one after the other."""
    provider = FakeProvider()
    try:
        for scenario in chosen:
            yield scenario, perform(scenario, side, provider)
    finally:
        provider.close()


def quiet(
    give: Callable[[str, str], object] = os.environ.__setitem__, take: Callable[[str], object] = os.environ.__delitem__
) -> None:
    """Set what a scenario must not depend on, by these means."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL", "_API_BASE")) or name in ("OLLAMA_HOST", "OS_SECURITY_KEY"):
            take(name)
    for name, value in (("AGNO_TELEMETRY", "false"), ("OPENAI_API_KEY", KEY), ("TZ", "UTC")):
        give(name, value)


def main(side_name: str, *prefixes: str) -> int:
    """One line of JSON a scenario on standard output."""
    from contracts import sides

    quiet()
    side: FreshSide = sides.Reference() if side_name == "reference" else sides.Agnolo()
    chosen = [s for s in load().values() if not prefixes or s.id.startswith(prefixes)]
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for scenario, capture in perform_all(chosen, side):
        out.write(json.dumps({"id": scenario.id, "hash": scenario.digest, "capture": capture}) + "\n")
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
