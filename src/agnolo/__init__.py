"""Agnolo: agents, tools and memory on one machine. The layout, top down; each layer imports only those below it.

cli          the `agnolo` command
server       AgentOS: the HTTP service
agent        Agent: options and facades; the one place where everything is joined
engine       what a run does            runtime    how it is executed (sync, async)
providers    models of the outside      storage    stores       tools    built-in tools
ports        the seams between these; Function, Toolkit, @tool; option mixins
vocabulary   frozen data, events, errors, codec
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agnolo.ports import blocking

if TYPE_CHECKING:
    from agnolo.agent.agent import Agent as Agent
    from agnolo.ports.function import Function as Function
    from agnolo.ports.function import ToolResult as ToolResult
    from agnolo.ports.options import FallbackConfig as FallbackConfig
    from agnolo.ports.options import Limits as Limits
    from agnolo.ports.tool import tool as tool
    from agnolo.ports.toolkit import Toolkit as Toolkit
    from agnolo.providers.anthropic_model import Claude as Claude
    from agnolo.providers.gemini_model import Gemini as Gemini
    from agnolo.providers.local import Local as Local
    from agnolo.providers.ollama_model import Ollama as Ollama
    from agnolo.providers.openai_model import OpenAIChat as OpenAIChat
    from agnolo.providers.openai_model import OpenAILike as OpenAILike
    from agnolo.providers.openai_responses_model import OpenAIResponses as OpenAIResponses
    from agnolo.providers.scripted import ScriptedModel as ScriptedModel
    from agnolo.providers.vendors import GLM as GLM
    from agnolo.providers.vendors import Groq as Groq
    from agnolo.providers.vendors import OpenRouter as OpenRouter
    from agnolo.server.app import AgentOS as AgentOS
    from agnolo.storage.memory import InMemoryDb as InMemoryDb
    from agnolo.storage.sqlite import SqliteDb as SqliteDb
    from agnolo.vocabulary.events import RunEvent as RunEvent
    from agnolo.vocabulary.media import Audio as Audio
    from agnolo.vocabulary.media import File as File
    from agnolo.vocabulary.media import Image as Image
    from agnolo.vocabulary.media import Video as Video
    from agnolo.vocabulary.messages import Message as Message
    from agnolo.vocabulary.runs import RunContext as RunContext
    from agnolo.vocabulary.runs import RunOutput as RunOutput
    from agnolo.vocabulary.runs import RunStatus as RunStatus
    from agnolo.vocabulary.sessions import AgentSession as AgentSession
    from agnolo.vocabulary.sessions import UserMemory as UserMemory

__version__ = "0.1.0"

_PLACES = {
    "Agent": "agent.agent",
    "AgentOS": "server.app",
    "AgentSession": "vocabulary.sessions",
    "Audio": "vocabulary.media",
    "FallbackConfig": "ports.options",
    "File": "vocabulary.media",
    "Function": "ports.function",
    "Image": "vocabulary.media",
    "Claude": "providers.anthropic_model",
    "GLM": "providers.vendors",
    "Groq": "providers.vendors",
    "OpenRouter": "providers.vendors",
    "Gemini": "providers.gemini_model",
    "Ollama": "providers.ollama_model",
    "OpenAIResponses": "providers.openai_responses_model",
    "InMemoryDb": "storage.memory",
    "Limits": "ports.options",
    "Local": "providers.local",
    "Message": "vocabulary.messages",
    "OpenAIChat": "providers.openai_model",
    "OpenAILike": "providers.openai_model",
    "RunContext": "vocabulary.runs",
    "RunEvent": "vocabulary.events",
    "RunOutput": "vocabulary.runs",
    "RunStatus": "vocabulary.runs",
    "ScriptedModel": "providers.scripted",
    "SqliteDb": "storage.sqlite",
    "ToolResult": "ports.function",
    "Toolkit": "ports.toolkit",
    "UserMemory": "vocabulary.sessions",
    "Video": "vocabulary.media",
    "tool": "ports.tool",
}

__all__ = [
    "GLM",
    "Agent",
    "AgentOS",
    "AgentSession",
    "Audio",
    "Claude",
    "FallbackConfig",
    "File",
    "Function",
    "Gemini",
    "Groq",
    "Image",
    "InMemoryDb",
    "Limits",
    "Local",
    "Message",
    "Ollama",
    "OpenAIChat",
    "OpenAILike",
    "OpenAIResponses",
    "OpenRouter",
    "RunContext",
    "RunEvent",
    "RunOutput",
    "RunStatus",
    "ScriptedModel",
    "SqliteDb",
    "ToolResult",
    "Toolkit",
    "UserMemory",
    "Video",
    "tool",
]

blocking.install(lambda work: import_module("agnolo.runtime.portal").finished(work))


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Public names are imported when they are first asked for."""
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module 'agnolo' has no attribute {name!r}")
    value = getattr(import_module(f"agnolo.{place}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PLACES])
