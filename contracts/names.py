"""Where users find the names that scenarios use, on either side. Agnolo's side is None where it has no such thing."""

from __future__ import annotations

NAMES: dict[str, tuple[str, str | None]] = {
    "Agent": ("agno.agent:Agent", "agnolo:Agent"),
    "AgentOS": ("agno.os:AgentOS", "agnolo:AgentOS"),
    "RunEvent": ("agno.run.agent:RunEvent", "agnolo:RunEvent"),
    "RunOutput": ("agno.run.agent:RunOutput", "agnolo:RunOutput"),
    "RunStatus": ("agno.run.base:RunStatus", "agnolo:RunStatus"),
    "RunContext": ("agno.run:RunContext", "agnolo:RunContext"),
    "Message": ("agno.models.message:Message", "agnolo:Message"),
    "Image": ("agno.media:Image", "agnolo:Image"),
    "Audio": ("agno.media:Audio", "agnolo:Audio"),
    "Video": ("agno.media:Video", "agnolo:Video"),
    "File": ("agno.media:File", "agnolo:File"),
    "tool": ("agno.tools:tool", "agnolo:tool"),
    "Toolkit": ("agno.tools:Toolkit", "agnolo:Toolkit"),
    "Function": ("agno.tools:Function", "agnolo:Function"),
    "ToolResult": ("agno.tools.function:ToolResult", "agnolo:ToolResult"),
    "RetryAgentRun": ("agno.exceptions:RetryAgentRun", "agnolo.vocabulary.errors:RetryAgentRun"),
    "StopAgentRun": ("agno.exceptions:StopAgentRun", "agnolo.vocabulary.errors:StopAgentRun"),
    "SqliteDb": ("agno.db.sqlite:SqliteDb", "agnolo:SqliteDb"),
    "InMemoryDb": ("agno.db.in_memory:InMemoryDb", "agnolo:InMemoryDb"),
    "UserMemory": ("agno.memory:UserMemory", "agnolo:UserMemory"),
    "CalculatorTools": ("agno.tools.calculator:CalculatorTools", "agnolo.tools.calculator:CalculatorTools"),
    "MemoryManager": ("agno.memory:MemoryManager", None),
    "Team": ("agno.team:Team", None),
    "Workflow": ("agno.workflow:Workflow", None),
    "Step": ("agno.workflow:Step", None),
    "FallbackConfig": ("agno.models.fallback:FallbackConfig", "agnolo.ports.options:FallbackConfig"),
    "InputCheckError": ("agno.exceptions:InputCheckError", None),
}
