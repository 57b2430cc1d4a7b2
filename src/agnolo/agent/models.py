"""Which model an agent's options mean."""

from __future__ import annotations

from agnolo.engine import memory, summary
from agnolo.ports.compaction import CompactionRules
from agnolo.ports.compression import CompressionRules
from agnolo.ports.model import Model
from agnolo.ports.options import Compacting, Compression, Memory, Summaries
from agnolo.providers import catalog
from agnolo.vocabulary.errors import ConfigurationError


def resolve_model(model: Model | str | None) -> Model:
    """A model object as it is, text by the catalogue, None as the first provider with a key, else the local model."""
    if model is None:
        return catalog.first_configured() or catalog.resolve("local")
    if isinstance(model, str):
        return catalog.resolve(model)
    if not hasattr(model, "exchange"):
        raise ConfigurationError(
            f"model={model!r} is not a model: give an object such as OpenAIChat(...) or text such as 'local'"
        )
    return model


def memory_model(options: Memory, model: Model) -> Model:
    """The model that keeps memories: the manager's, else `memory_model`, else the agent's."""
    return resolve_model(memory.rules_of(options).model or options.memory_model or model)


def summary_model(options: Summaries, model: Model) -> Model:
    """The model that sums up sessions: the manager's, else the agent's."""
    return resolve_model(summary.rules_of(options).model or model)


def compression_rules(options: Compression) -> CompressionRules | None:
    """The rules by which tool results are shortened; None when they stay as they are."""
    manager = options.compression_manager
    if manager is None:
        return CompressionRules() if options.compress_tool_results else None
    return manager if manager.compress_tool_results else None


def compaction_rules(options: Compacting) -> CompactionRules | None:
    """The rules by which old history is replaced; None when it is sent as it is."""
    given = options.compaction
    if given is True:
        return CompactionRules(on_context_overflow=True)
    return given or None
