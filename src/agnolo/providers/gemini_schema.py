"""JSON schemas in the words that Gemini takes in `parametersJsonSchema` and `responseJsonSchema`."""

from __future__ import annotations

from typing import Any

from agnolo.vocabulary.guards import is_array, is_object

Schema = dict[str, Any]

_UNKNOWN = frozenset({"$schema", "contentEncoding", "discriminator", "examples", "propertyNames"})
_NAMED = frozenset({"properties", "$defs", "definitions"})
_LISTED = frozenset({"anyOf", "prefixItems"})
_SINGLE = frozenset({"items", "additionalProperties"})


def accepted(schema: Schema) -> Schema:
    """The schema with other words for what Gemini ignores or refuses: `const`, `oneOf`, `allOf` of one, open bounds."""
    plain: Schema = {}
    for word, part in schema.items():
        if word not in _UNKNOWN:
            _add(plain, word, part)
    return plain


def _add(plain: Schema, word: str, part: Any) -> None:  # noqa: ANN401 - a JSON value
    word = "anyOf" if word == "oneOf" else word
    if word == "const":
        plain["enum"] = [part]
    elif word == "exclusiveMinimum":
        plain["minimum"] = part + 1 if isinstance(part, int) else part
    elif word == "exclusiveMaximum":
        plain["maximum"] = part - 1 if isinstance(part, int) else part
    elif word == "allOf" and is_array(part) and len(part) == 1 and is_object(part[0]):
        plain |= accepted(part[0])
    elif word in _NAMED and is_object(part):
        plain[word] = {name: accepted(inner) if is_object(inner) else inner for name, inner in part.items()}
    elif word in _LISTED and is_array(part):
        plain[word] = [accepted(inner) if is_object(inner) else inner for inner in part]
    elif word in _SINGLE and is_object(part):
        plain[word] = accepted(part)
    else:
        plain[word] = part
