"""What Agnolo shares with the reference, measured: the match report and the fixtures behind it."""

from __future__ import annotations

import asyncio

from agnolo.server.contract_files import ContractFiles
from agnolo.server.web import Request, Response, Route, json_response


class ContractRoutes:
    """Read only; the key is asked for as everywhere."""

    def __init__(self, files: ContractFiles) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        """The routes."""
        return [Route("/contracts/fixtures/{id:path}", self.show)]

    async def show(self, request: Request) -> Response:
        """The match report (`report`), or what a scenario showed on the reference and how we stand to it."""
        return json_response(await asyncio.to_thread(self._files.find, request.path_params["id"]))
