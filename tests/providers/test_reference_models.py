"""The models of the reference: its string keys, class names, constructor options and their defaults.

reference_models.json holds them as Agno 3.1.10 has them: the table of agno/models/utils.py, and the fields of the
classes by introspection. What is not honoured is listed with its reason in providers/refusals.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import agnolo.providers
from agnolo.ports.model import ModelRequest
from agnolo.providers.catalog import resolve
from agnolo.providers.compatible import REFUSED
from agnolo.providers.connection import Connection

REFERENCE: dict[str, Any] = json.loads(Path(__file__).with_name("reference_models.json").read_text("utf-8"))
KEYS: dict[str, dict[str, str]] = REFERENCE["keys"]
OPTIONS: dict[str, dict[str, str | None]] = REFERENCE["options"]
HI = ModelRequest(messages=[])
OFFERED = sorted(OPTIONS.keys() - {"LiteLLM"})

ELSEWHERE = {"id", "api_key", "base_url", "role_map", "supports_native_structured_outputs",
             "supports_json_schema_outputs", "collect_metrics_on_completion"}  # fmt: skip
"""Defaults that come from the row, the dialect or the environment, which have tests of their own; the last has no
effect."""
ON_PURPOSE = {"retries": ("2", "0"), "delay_between_retries": ("None", "1"), "exponential_backoff": ("None", "False")}
"""design/009: failed requests are tried again twice, with jitter. Ours, and the reference's."""


def kind_of(name: str) -> Any:
    return getattr(agnolo.providers, name)


def takes(kind: type[Connection], option: str) -> bool:
    return hasattr(kind, option) and option not in kind._refused


@pytest.mark.parametrize("key", sorted(KEYS.keys() - REFUSED.keys()))
def test_every_key_is_the_same_model(key: str) -> None:
    model: Any = resolve(f"{key}:some-model")
    shown = {"class": type(model).__name__, "name": model.name, "provider": model.provider, "id": type(model).id}
    expected = dict(KEYS[key])
    if key.startswith("azure-"):
        expected["id"] = ""  # a deployment's name can't be guessed
    assert (shown, model.id) == (expected, "some-model")


def test_keys_that_are_not_offered_are_the_references() -> None:
    assert REFUSED.keys() <= KEYS.keys()
    for name, advice in REFUSED.values():
        with pytest.raises(ImportError, match=f"^Agnolo has no {name}: "):
            kind_of(name)
        assert advice


@pytest.mark.parametrize("name", OFFERED)
def test_every_option_is_taken_or_refused_with_a_reason(name: str) -> None:
    kind = kind_of(name)
    for option in OPTIONS[name]:
        if takes(kind, option):
            kind(**{option: None})
        else:
            with pytest.raises(TypeError, match=rf"^{name}\(\) has no option '{option}': .{{20,}}"):
                kind(**{option: None})


def test_nothing_is_refused_that_the_reference_does_not_have() -> None:
    refused = {option for name in OFFERED for option in kind_of(name)._refused}
    assert refused <= {option for options in OPTIONS.values() for option in options}


@pytest.mark.parametrize("name", OFFERED)
def test_defaults_are_the_references(name: str) -> None:
    kind = kind_of(name)
    taken = {option: default for option, default in OPTIONS[name].items() if takes(kind, option)}
    ours = {option: (repr(getattr(kind, option)), default) for option, default in taken.items()}
    differing = {option: pair for option, pair in ours.items() if pair[0] != pair[1] and option not in ELSEWHERE}
    assert differing == {option: pair for option, pair in ON_PURPOSE.items() if option in taken}


OTHERWISE = {"Claude": "native", "Ollama": "native", "Groq": "native", "Siliconflow": "prompted"}
"""Those whose schema mode the reference does not use, and the one of whom it thinks too well."""


@pytest.mark.parametrize("name", OFFERED)
def test_who_enforces_schemas_is_who_does_in_the_reference(name: str) -> None:
    said = (OPTIONS[name]["supports_native_structured_outputs"], OPTIONS[name]["supports_json_schema_outputs"])
    expected = "native" if "True" in said else "prompted"
    assert kind_of(name)().output_strategy(HI) == OTHERWISE.get(name, expected)


@pytest.mark.parametrize(
    ("name", "options", "strategy"),
    [
        ("GLM", {"supports_native_structured_outputs": True}, "native"),
        ("GLM", {"supports_json_schema_outputs": True}, "native"),
        ("GLM", {"supports_native_structured_outputs": False, "supports_json_schema_outputs": True}, "native"),
        ("OpenAIChat", {"supports_native_structured_outputs": False}, "prompted"),
        ("Claude", {"supports_native_structured_outputs": False}, "prompted"),
    ],
)
def test_the_user_knows_better_whether_schemas_are_enforced(name: str, options: dict[str, bool], strategy: str) -> None:
    assert kind_of(name)(**options).output_strategy(HI) == strategy


@pytest.mark.parametrize("name", [name for name in OFFERED if (OPTIONS[name].get("base_url") or "None") != "None"])
def test_base_urls_are_the_references(name: str) -> None:
    address = kind_of(name)(api_key="k")._address()
    there = (OPTIONS[name]["base_url"] or "").strip("'").rstrip("/").replace("0.0.0.0", "127.0.0.1")
    assert address.base_url == there
