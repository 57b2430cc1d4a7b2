"""Who speaks in an event: an agent, a team or a workflow, in which run of which session."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

EmitterKind = Literal["agent", "team", "workflow"]
KINDS: tuple[EmitterKind, ...] = get_args(EmitterKind)


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks, made once for a run and shared by all its events."""

    kind: EmitterKind = "agent"
    id: str
    name: str | None = None
    run_id: str
    session_id: str
    parent_run_id: str | None = None
    nested_depth: int = 0

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Origin:
        """Whose event this is, by its keys."""
        kind = next((kind for kind in KINDS if f"{kind}_id" in data), "agent")
        return msgspec.convert(
            {**data, "kind": kind, "id": data.get(f"{kind}_id"), "name": data.get(f"{kind}_name")}, cls
        )

    def to_dict(self) -> dict[str, Any]:
        """Whose event it is, in the keys of its kind."""
        shown: dict[str, Any] = {
            f"{self.kind}_id": self.id,
            f"{self.kind}_name": self.name,
            "run_id": self.run_id,
            "parent_run_id": self.parent_run_id,
            "session_id": self.session_id,
            "nested_depth": self.nested_depth,
        }
        return {key: value for key, value in shown.items() if value is not None}
