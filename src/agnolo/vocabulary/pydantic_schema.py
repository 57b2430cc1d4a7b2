"""The schemas that pydantic models give of themselves, with references written out. Needs no pydantic to be loaded."""

from __future__ import annotations

from typing import Any, NamedTuple

from agnolo.vocabulary.guards import is_array, is_class, is_object

Schema = dict[str, Any]
_NEVER_INLINE = frozenset({"$defs", "discriminator"})


class Inlined(NamedTuple):
    """A schema without references, and whether a recursive part was cut to a bare object to get there."""

    schema: Schema
    cut: bool


def is_model(kind: Any) -> bool:  # noqa: ANN401 - any type form
    """Whether this is a pydantic model class."""
    return is_class(kind) and hasattr(kind, "model_json_schema") and hasattr(kind, "model_validate")


def inlined(kind: Any) -> Inlined:  # noqa: ANN401 - a pydantic model class
    """The schema of a pydantic model, without references."""
    return without_references(kind.model_json_schema())


def without_references(schema: Schema) -> Inlined:
    """Write every `$ref` out where it stands; what the place itself says (description, default) wins."""
    writer = _Writer(schema.get("$defs", {}))
    written = writer.write(schema, ())
    return Inlined(written, writer.cut)


class _Writer:
    def __init__(self, definitions: dict[str, Schema]) -> None:
        self._definitions = definitions
        self.cut = False

    def write(self, schema: Schema, outer: tuple[str, ...]) -> Schema:
        """The schema with its references written out; `outer` are the definitions around it."""
        here = {key: self._part(key, part, outer) for key, part in schema.items() if key not in _NEVER_INLINE}
        reference = here.pop("$ref", None)
        if reference is None:
            return here
        name = str(reference).rpartition("/")[2]
        if name in outer:
            self.cut = True
            return {"type": "object", "description": f"Again a {name}, with the same fields."} | here
        return self.write(self._definitions[name], (*outer, name)) | here

    def _part(self, key: str, part: Any, outer: tuple[str, ...]) -> Any:  # noqa: ANN401 - any JSON value
        if is_object(part):
            if key in ("properties", "patternProperties"):
                return {name: self.write(inner, outer) for name, inner in part.items()}
            return part if key in ("default", "const", "examples") else self.write(part, outer)
        if is_array(part) and key in ("anyOf", "oneOf", "allOf", "prefixItems"):
            return [self.write(inner, outer) for inner in part]
        return part
