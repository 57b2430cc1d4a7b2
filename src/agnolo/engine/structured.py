"""Output schemas: what the model is asked for, and the value made of what it says."""

from __future__ import annotations

from typing import Any

from agnolo.engine.state import Run, RunPlan
from agnolo.ports.model import OutputFormat
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec, schema
from agnolo.vocabulary.events import RunContentEvent


def output_format(plan: RunPlan) -> OutputFormat | None:
    """The form to ask for; None without a schema, or when the schema is only described in the prompt."""
    if plan.output_schema is None:
        return None
    wanted = schema.output_schema(plan.output_schema)
    return OutputFormat(
        name=wanted.name, schema=wanted.schema, strict=not isinstance(plan.output_schema, dict), native=is_native(plan)
    )


def is_native(plan: RunPlan) -> bool:
    """Whether the provider enforces the schema: it can, and JSON mode was not asked for instead."""
    if plan.output.structured_outputs is not None:
        return plan.output.structured_outputs
    return plan.model.native_output and not plan.output.use_json_mode


def prompt_section(plan: RunPlan) -> str:
    """The schema in words, for models that do not enforce it; "" when they do or there is none."""
    if plan.output_schema is None or is_native(plan):
        return ""
    wanted = schema.output_schema(plan.output_schema)
    text = codec.dumps(wanted.schema).decode()
    return (
        "Answer with one JSON object and nothing else. It must be valid against this JSON schema:\n"
        f"<json_schema>\n{text}\n</json_schema>"
    )


def conclude(run: Run, at: Runtime) -> RunContentEvent | None:
    """Parse the last answer and tell its value. Raises OutputSchemaError when the answer does not fit."""
    wanted: Any = run.plan.output_schema
    if wanted is None:
        return None
    text = run.messages[-1].text()
    if not run.plan.output.parse_response:
        run.content = text
    else:
        run.content = schema.parse_output(wanted, text)
        run.content_type = "dict" if isinstance(wanted, dict) else getattr(wanted, "__name__", "str")
    return run.say(RunContentEvent, at, content=run.content, content_type=run.content_type)
