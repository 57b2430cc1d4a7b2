"""Output schemas: what the model is asked for, and the value made of what it says."""

from __future__ import annotations

from typing import Any

from agnolo.engine.state import Run, RunPlan
from agnolo.ports.model import Model, OutputFormat
from agnolo.ports.options import Output
from agnolo.ports.runtime import Runtime
from agnolo.vocabulary import codec, schema
from agnolo.vocabulary.events import RunContentEvent


def output_format(wanted: Any, options: Output, model: Model) -> OutputFormat | None:  # noqa: ANN401 - any schema
    """The form to ask for, strict where the schema allows; None without a schema."""
    if wanted is None:
        return None
    name, form = schema.output_schema(wanted)
    strict = schema.strictly(form)
    native = model.native_output and not options.use_json_mode
    if options.structured_outputs is not None:
        native = options.structured_outputs
    if isinstance(wanted, dict) or strict.obstacle is not None:
        return OutputFormat(name=name, schema=form, strict=False, native=native)
    return OutputFormat(name=name, schema=strict.schema, strict=True, native=native)


def prompt_section(plan: RunPlan) -> str:
    """The schema in words, for models that do not enforce it; "" when they do or there is none."""
    if plan.output_format is None or plan.output_format.native:
        return ""
    text = codec.dumps(plan.output_format.schema).decode()
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
