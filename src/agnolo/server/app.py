"""AgentOS: agents as an HTTP service. The one place where the server's parts are joined."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from agnolo import __version__
from agnolo.agent.agent import Agent
from agnolo.ports.extras import reach
from agnolo.ports.store import Store
from agnolo.server.access import SecurityKey
from agnolo.server.admission import Admission
from agnolo.server.contract_files import CHECKOUT, ContractFiles
from agnolo.server.edge import Edge
from agnolo.server.lifecycle import Lifecycle
from agnolo.server.live import LiveRuns
from agnolo.server.reader import Room
from agnolo.server.registry import Registry
from agnolo.server.routes.agents import AgentRoutes
from agnolo.server.routes.approvals import ApprovalRoutes
from agnolo.server.routes.branches import BranchRoutes
from agnolo.server.routes.contracts import ContractRoutes
from agnolo.server.routes.health import HealthRoutes
from agnolo.server.routes.memories import MemoryRoutes
from agnolo.server.routes.root import RootRoutes
from agnolo.server.routes.runs import RunRoutes
from agnolo.server.routes.sessions import SessionRoutes
from agnolo.server.services import Identity, Services
from agnolo.server.settings import Settings
from agnolo.server.web import Asgi, Router
from agnolo.vocabulary.errors import AgnoloError, ConfigurationError

KEY_VARIABLE = "OS_SECURITY_KEY"


class Application(NamedTuple):
    """The ASGI application, and the hand on its lifecycle."""

    asgi: Asgi
    lifecycle: Lifecycle


class AgentOS:
    """Agents served over HTTP: `get_app()` for any ASGI server, `serve()` for the one that comes with the extra.

    `id` defaults to a slug of the name. `db` is given to agents that have none, and is where routes look that belong to
    no agent; without it they look into the first agent's. The bearer key is `settings.security_key` or
    $OS_SECURITY_KEY. `telemetry` is accepted for programs written for Agno; nothing is ever sent.
    """

    def __init__(
        self,
        *,
        agents: Sequence[Agent],
        id: str | None = None,
        name: str | None = None,
        description: str | None = None,
        version: str | None = None,
        db: Store | None = None,
        settings: Settings | None = None,
        telemetry: bool = False,
    ) -> None:
        if not agents:
            raise ConfigurationError("AgentOS(agents=[]) has nothing to serve: give at least one Agent")
        self.agents = list(agents)
        self.name = name or "AgentOS"
        self.id = id or re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        self.settings = settings or Settings()
        self._identity = Identity(self.id, self.name, description, version or __version__)
        self._registry = Registry(self.agents, db)

    def get_app(self) -> Asgi:
        """The ASGI application; the same one each time."""
        return self._application.asgi

    def serve(self, app: Any = None, *, host: str = "127.0.0.1", port: int = 7777, insecure: bool = False) -> None:  # noqa: ANN401 - an import string, as programs written for Agno give it
        """Serve until SIGTERM or Ctrl-C, then drain. `app` is not looked at: this object is what is served.

        Ends the program with a message when it can't listen: the port is taken, or the address is open to other
        machines without a security key (unless `insecure`).
        """
        try:
            self.listen(host, port, insecure=insecure)
        except AgnoloError as error:
            raise SystemExit(f"agnolo: {error}") from None

    def listen(
        self, host: str, port: int, *, insecure: bool = False, on_listening: Callable[[int], object] | None = None
    ) -> None:
        """The same, raising ConfigurationError instead of ending the program; `on_listening` is told the port."""
        serving = reach("agnolo.server.serving", "server")
        serving.serve(
            self._application.asgi,
            host=host,
            port=port,
            insecure=insecure or self._key is not None,
            lifecycle=self._application.lifecycle,
            on_listening=on_listening,
        )

    @cached_property
    def _key(self) -> SecurityKey | None:
        given = self.settings.security_key or os.environ.get(KEY_VARIABLE)
        return SecurityKey(given) if given else None

    @cached_property
    def _application(self) -> Application:
        settings = self.settings
        services = Services(
            identity=self._identity,
            registry=self._registry,
            live=LiveRuns(Room(settings.reader_frames, settings.reader_bytes)),
            admission=Admission(settings),
            settings=settings,
            guarded=self._key is not None,
        )
        lifecycle = Lifecycle(services)
        root = RootRoutes(services)
        groups = (root, HealthRoutes(self._registry, lifecycle), AgentRoutes(self._registry), RunRoutes(services))
        contracts = ContractRoutes(ContractFiles(Path(settings.contracts or CHECKOUT)))
        kept = (
            BranchRoutes(services),
            SessionRoutes(services),
            MemoryRoutes(services),
            ApprovalRoutes(services),
            contracts,
        )
        routes = [route for group in (*groups, *kept) for route in group.routes()]
        root.document(routes)
        router = Router(routes, redirect_slashes=False, lifespan=lifecycle.lifespan)
        return Application(Edge(router, settings, self._key), lifecycle)
