"""Agents that are saved and loaded: under their ids, in numbered versions, in a store's table of components."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from agnolo.agent import configuration
from agnolo.agent.registry import Registry
from agnolo.agent.shelf import Wanted, load
from agnolo.engine import factories
from agnolo.ports.store import Store
from agnolo.vocabulary.components import Component, ComponentConfig, Stage
from agnolo.vocabulary.errors import ConfigurationError
from agnolo.vocabulary.sessions import Scope

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent

log = logging.getLogger("agnolo")
Cached = Literal["tools", "knowledge"]


class Saving:
    """Mixed into Agent."""

    @property
    def _self(self) -> Agent:
        return cast("Agent", self)

    def to_dict(self) -> dict[str, Any]:
        """The options that were given, as JSON values: models by provider and id, tools by what the model is told.

        Functions, objects and secrets are left out, and told in a warning by the names of their options.
        """
        config, left_out = configuration.saved(self._self)
        if left_out:
            log.warning(
                "%r: not in its dict, since they are functions, objects or secrets: %s; set them again after loading",
                self._self,
                ", ".join(left_out),
            )
        return config

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], registry: Registry | None = None, strict: bool = False) -> Self:  # noqa: FBT001, FBT002 - the reference's signature
        """The agent of such a dict. What it refers to is looked up in the registry.

        What is not there is left out with a warning, and a tool's calls fail; with `strict` it is a
        ComponentRehydrationError, which a model that can't be made always is.
        """
        return cast("Self", configuration.restored(cast("type[Agent]", cls), data, registry, strict=strict))

    def save(
        self,
        *,
        db: Store | None = None,
        stage: Stage = "published",
        label: str | None = None,
        notes: str | None = None,
    ) -> int:
        """Store the agent as its next version and return the version's number; a published one is loaded from now on.

        Raises ConfigurationError without a db, and for a label that is given; ComponentArchivedError if it was deleted.
        """
        if stage not in ("draft", "published"):
            raise ConfigurationError(f"stage={stage!r}: it is 'draft' or 'published'")
        agent, store = self._self, self._shelf(db)
        component = Component(
            component_id=agent.agent_id,
            component_type="agent",
            name=agent.name,
            description=agent.description,
            metadata=agent.metadata,
        )
        config = ComponentConfig(
            component_id=agent.agent_id, version=0, config=self.to_dict(), stage=stage, label=label, notes=notes
        )
        return store.save_component(Scope(), component, config).result().version

    @classmethod
    def load(
        cls,
        id: str,
        *,
        db: Store,
        registry: Registry | None = None,
        label: str | None = None,
        version: int | None = None,
        strict: bool = False,
        published_only: bool = False,
    ) -> Self | None:
        """The saved agent: of this version or label, else the published one, else the newest draft; None if there is
        none. It works on the store it was saved with, if that can be found, else on `db`. Raises as from_dict().
        """
        kind = cast("type[Agent]", cls)
        wanted = Wanted(id=id, label=label, version=version, published_only=published_only)
        return cast("Self | None", load(kind, db, wanted, registry, Scope(), strict=strict))

    def delete(
        self,
        *,
        db: Store | None = None,
        hard_delete: bool = False,
        require_no_dependents: bool = True,
    ) -> bool:
        """Delete what is saved of the agent; False if there is nothing. Its id stays taken unless `hard_delete`.

        Agents depend on no other component, so that `require_no_dependents` finds none.
        """
        return self._shelf(db).delete_component(Scope(), self._self.agent_id, hard=hard_delete).result()

    def clear_callable_cache(self, kind: Cached | None = None, close: bool = False) -> None:  # noqa: FBT001, FBT002 - the reference's signature
        """Forget what factories gave; with `close`, call close() of each tool that has it."""
        for tool in self._forgotten(kind, close=close):
            tool.close()

    async def aclear_callable_cache(self, kind: Cached | None = None, close: bool = False) -> None:  # noqa: FBT001, FBT002 - the reference's signature
        """The same, by aclose() where there is one."""
        for tool in self._forgotten(kind, close=close):
            if hasattr(tool, "aclose"):
                await tool.aclose()
            else:
                tool.close()

    def _forgotten(self, kind: Cached | None, *, close: bool) -> list[Any]:
        """What is to be closed, each once."""
        if kind not in (None, "tools", "knowledge"):
            raise ConfigurationError(f"kind={kind!r}: it is 'tools', 'knowledge' or None")
        if kind == "knowledge":
            return []
        held = {id(tool): tool for tools in factories.kept(self).values() for tool in tools}
        factories.clear(self)
        return [tool for tool in held.values() if hasattr(tool, "close")] if close else []

    def _shelf(self, db: Store | None) -> Store:
        store = db or self._self.db
        if store is None:
            raise ConfigurationError(f"{self!r} has no db to be saved in: give save(db=SqliteDb(...))")
        return store
