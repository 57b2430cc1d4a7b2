"""Classes made from the table of vendors: where they go, how they are typed, how patient they are."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import agnolo.providers
from agnolo.ports.model import ModelReply, ModelRequest
from agnolo.providers.compatible import ROWS
from agnolo.providers.openai_model import OpenAIChat
from agnolo.vocabulary.errors import ConfigurationError, ModelAuthenticationError, ModelOverloadedError
from agnolo.vocabulary.messages import Message
from scripts.vendor_stubs import STUB, stub
from tests.providers.scripted_wire import Answer, Clock, Wire, whole

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
HI = ModelRequest(messages=[Message(role="user", content="hi")])
COMPLETION = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
RESPONSE = {
    "id": "r",
    "status": "completed",
    "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}],
}
AZURE = "https://r.openai.azure.com"


async def sent(name: str, *answers: Answer, **options: Any) -> Any:
    """The request of a vendor's class, which is answered."""
    wire = Wire(Clock(), answers or [whole(COMPLETION)])
    model = getattr(agnolo.providers, name)(**{"id": "m", "transport": wire, **options})
    events = [event async for event in model.exchange(HI)]
    assert isinstance(events[-1], ModelReply)
    return wire.requests[-1]


def keys_of(request: Any) -> dict[str, str]:
    ours = ("authorization", "api-key", "x-portkey-api-key", "x-portkey-virtual-key", "x-portkey-config", "x-label")
    return {name.lower(): value for name, value in request.headers.items() if name.lower() in ours}


async def test_azure_has_the_deployment_in_its_path_and_the_key_in_a_header_of_its_own() -> None:
    request = await sent("AzureOpenAI", azure_endpoint=f"{AZURE}/", api_key="k")
    assert request.url == f"{AZURE}/openai/deployments/m/chat/completions?api-version=2024-10-21"
    assert keys_of(request) == {"api-key": "k"}
    named = await sent("AzureOpenAI", azure_endpoint=AZURE, api_key="k", azure_deployment="d", api_version="v")
    assert named.url == f"{AZURE}/openai/deployments/d/chat/completions?api-version=v"
    assert json.loads(named.body)["model"] == "m"
    reasons = await sent("AzureOpenAI", azure_endpoint=AZURE, api_key="k", id="gpt-5-mini", max_tokens=9)
    assert json.loads(reasons.body)["max_completion_tokens"] == 9


async def test_azure_is_found_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", AZURE)
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "k")
    monkeypatch.setenv("AZURE_OPENAI_DEPLOYMENT", "d")
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", "token")
    request = await sent("AzureOpenAI")
    assert request.url == f"{AZURE}/openai/deployments/d/chat/completions?api-version=2024-10-21"
    assert keys_of(request) == {"api-key": "k"}
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    assert keys_of(await sent("AzureOpenAI")) == {"authorization": "Bearer token"}


async def test_azure_takes_tokens_instead_of_a_key() -> None:
    assert keys_of(await sent("AzureOpenAI", azure_endpoint=AZURE, azure_ad_token="t")) == {"authorization": "Bearer t"}
    tokens = iter("ab")
    for token in "ab":
        request = await sent("AzureOpenAI", azure_endpoint=AZURE, azure_ad_token_provider=lambda: next(tokens))
        assert keys_of(request) == {"authorization": f"Bearer {token}"}


async def test_a_provider_of_tokens_is_a_plain_function() -> None:
    with pytest.raises(ConfigurationError, match=r"azure_ad_token_provider=...\) must be a plain function"):
        await sent("AzureOpenAI", azure_endpoint=AZURE, azure_ad_token_provider=lambda: None)


async def test_azure_says_what_is_missing() -> None:
    with pytest.raises(ConfigurationError, match=r"AZURE_OPENAI_ENDPOINT is not set: .* AzureOpenAI\(azure_endpoint="):
        await sent("AzureOpenAI", api_key="k")
    with pytest.raises(ModelAuthenticationError, match="AZURE_OPENAI_API_KEY is not set"):
        await sent("AzureOpenAI", azure_endpoint=AZURE)


async def test_azure_takes_a_base_url_whole() -> None:
    assert (await sent("AzureOpenAI", base_url="https://h/x", api_key="k")).url.startswith("https://h/x/chat/")


async def test_azure_speaks_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"azure_endpoint": AZURE, "api_key": "k"}
    request = await sent("AzureOpenAIResponses", whole(RESPONSE), **options)
    assert request.url == f"{AZURE}/openai/responses?api-version=2025-04-01-preview"
    assert keys_of(request) == {"api-key": "k"}
    monkeypatch.setenv("OPENAI_API_VERSION", "v")
    assert (await sent("AzureOpenAIResponses", whole(RESPONSE), **options)).url.endswith("?api-version=v")


async def test_a_router_that_speaks_responses_gets_its_own_fields() -> None:
    request = await sent("RampRouter", whole(RESPONSE), api_key="k", models=["a"], allow_flex_tier=True)
    body = json.loads(request.body)
    assert (request.url, body["models"], body["allow_flex_tier"]) == (
        "https://api.router.com/v1/responses",
        ["a"],
        True,
    )
    with pytest.raises(ModelAuthenticationError, match="XAI_API_KEY is not set"):
        await sent("xAIResponses", whole(RESPONSE))


async def test_cloudflares_account_is_part_of_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match=r"CLOUDFLARE_ACCOUNT_ID is not set.*Cloudflare\(account_id="):
        await sent("Cloudflare", api_key="k")
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "acc")
    request = await sent("Cloudflare", api_key="k", id="@cf/meta/x")
    assert request.url == "https://gateway.ai.cloudflare.com/v1/acc/default/compat/chat/completions"
    assert json.loads(request.body)["model"] == "workers-ai/@cf/meta/x"
    other = await sent("Cloudflare", api_key="k", id="openai/y", gateway_id="g")
    assert (other.url.split("/")[5], json.loads(other.body)["model"]) == ("g", "openai/y")


async def test_langdbs_project_is_part_of_the_url() -> None:
    request = await sent("LangDB", api_key="k", project_id="p", label="l")
    assert request.url == "https://api.us-east-1.langdb.ai/p/v1/chat/completions"
    assert keys_of(request) == {"authorization": "Bearer k", "x-label": "l"}
    mine = await sent("LangDB", api_key="k", project_id="p", label="l", extra_headers={"X-Label": "mine"})
    assert keys_of(mine)["x-label"] == "mine"


async def test_portkey_has_headers_of_its_own() -> None:
    request = await sent("Portkey", portkey_api_key="k", virtual_key="v", config={"retry": 1})
    assert keys_of(request) == {
        "x-portkey-api-key": "k",
        "x-portkey-virtual-key": "v",
        "x-portkey-config": '{"retry":1}',
    }


async def test_mistrals_endpoint_is_its_base_url() -> None:
    assert (await sent("MistralChat", api_key="k", endpoint="http://h/v1")).url == "http://h/v1/chat/completions"


async def test_a_region_is_an_option() -> None:
    request = await sent("GLM", api_key="k", region="coding")
    assert request.url == "https://api.z.ai/api/coding/paas/v4/chat/completions"


async def test_openais_project_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_PROJECT_ID", "p")
    monkeypatch.setenv("OPENAI_ORGANIZATION", "o")
    headers = (await sent("OpenAIChat", api_key="k")).headers
    assert (headers["OpenAI-Project"], headers["OpenAI-Organization"]) == ("p", "o")


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        ({}, [0.5, 1.0, None]),
        ({"retries": 0}, [None, None, None]),
        ({"max_retries": 3}, [0.5, 1.0, 2.0]),
        ({"retries": 1, "max_retries": 5}, [0.5, None, None]),
        ({"delay_between_retries": 3}, [3.3, 3.3, None]),
        ({"exponential_backoff": True}, [1.1, 2.2, None]),
        ({"retries": 3, "delay_between_retries": 2, "exponential_backoff": True}, [2.2, 4.4, 8.8]),
    ],
)
def test_patience_is_said_in_the_references_words(options: dict[str, Any], waits: list[float | None]) -> None:
    policy, failure = OpenAIChat(**options)._retry_policy(), ModelOverloadedError("busy")
    longest = [policy.delay(failure, attempt, 1.0) for attempt in range(3)]
    assert longest == [None if wait is None else pytest.approx(wait) for wait in waits]


# ---- names and types


def test_every_row_has_a_class_by_its_name() -> None:
    names = {row.made_class for row in ROWS.values()}
    assert len(names) == len(ROWS)
    assert names <= set(dir(agnolo.providers))
    for name in dir(agnolo.providers):
        if name != "Local":
            kind = getattr(agnolo.providers, name)
            assert (kind.__name__, getattr(agnolo.providers, name)) == (name, kind)


def test_what_nobody_offers_has_no_name() -> None:
    assert not hasattr(agnolo.providers, "Nobody")
    assert not hasattr(agnolo.providers, "__wrapped__")
    assert not hasattr(importlib.import_module("agnolo.providers.vendors"), "OpenAIChat")


@pytest.mark.parametrize("module", ["openai_responses_model", "address", "catalog"])
def test_importing_a_module_of_providers_loads_no_table(module: str) -> None:
    probe = f"import sys; from agnolo.providers import {module}; print('agnolo.providers.compatible' in sys.modules)"
    here = {"PYTHONPATH": "src"}
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, env=here, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_a_vendors_class_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match=r"Groq\(\) has no option 'reasoning_formt' \(did you mean 'reasoning_format'"):
        agnolo.providers.Groq(reasoning_formt="parsed")  # pyright: ignore[reportCallIssue] - what is tested


def test_every_vendor_has_a_key_and_an_address() -> None:
    for row in ROWS.values():
        assert row.site.keys
        assert row.site.default_url


def test_the_stub_is_written_from_the_table() -> None:
    assert STUB.read_text(encoding="utf-8") == stub(), "run python -m scripts.vendor_stubs"


@pytest.mark.slow
def test_type_checkers_know_the_options_of_vendors(tmp_path: Path) -> None:
    code = (
        "from agnolo.providers import GLM, Groq\n"
        'Groq(id="x", reasoning_format="parsed", max_tokens=3)\n'
        'GLM(thinking={"type": "disabled"}, region="coding")\n'
        'Groq(id="x", reasoning_formt="parsed")\n'
        'Groq(id="x", reasoning_format="loud")\n'
    )
    (tmp_path / "use.py").write_text(code, encoding="utf-8")
    settings = {"include": ["."], "extraPaths": [str(ROOT / "src")], "venvPath": str(ROOT), "venv": ".venv"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(ran.stdout)["generalDiagnostics"]
    assert [(problem["range"]["start"]["line"] + 1, problem["rule"]) for problem in found] == [
        (4, "reportCallIssue"),
        (5, "reportArgumentType"),
    ]
