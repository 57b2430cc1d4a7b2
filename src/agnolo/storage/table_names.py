"""Names of tables, as programs written for Agno give them: here they say what is kept apart, in files of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

_DEFAULT = "agno_"
"""What the names begin with that Agno takes by itself."""


class TableNames(TypedDict, total=False):
    """The names that Agno's stores take. None, and names that begin with `agno_`, are the usual ones."""

    approvals_table: str | None
    auth_tokens_table: str | None
    component_configs_table: str | None
    component_links_table: str | None
    components_table: str | None
    eval_table: str | None
    knowledge_table: str | None
    learnings_table: str | None
    mcp_oauth_clients_table: str | None
    mcp_oauth_codes_table: str | None
    mcp_oauth_keys_table: str | None
    mcp_oauth_refresh_tokens_table: str | None
    mcp_oauth_transactions_table: str | None
    memory_table: str | None
    metrics_table: str | None
    products_table: str | None
    projects_table: str | None
    runs_table: str | None
    schedule_runs_table: str | None
    schedules_table: str | None
    service_accounts_table: str | None
    session_table: str | None
    sources_table: str | None
    spans_table: str | None
    tasks_table: str | None
    traces_table: str | None
    versions_table: str | None


def of_their_own(tables: TableNames) -> dict[str, str]:
    """The names that are not the usual ones, in an order that does not depend on how they were given."""
    return {key: str(name) for key, name in sorted(tables.items()) if name and not str(name).startswith(_DEFAULT)}


def beside(path: Path, names: dict[str, str]) -> Path:
    """The file of what these names keep apart: `data.db` with the table `chats` is `data.chats.db`."""
    if not names:
        return path
    shown = [re.sub(r"\W+", "-", name) for name in dict.fromkeys(names.values())]
    return path.with_name(".".join([path.stem, *shown]) + path.suffix)
