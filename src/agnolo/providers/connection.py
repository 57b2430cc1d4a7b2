"""Options of how a vendor is reached, and an exchange with it. Knows nothing of what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from agnolo.ports.extras import reach
from agnolo.ports.model import ModelRequest, OutputStrategy
from agnolo.ports.options import Options
from agnolo.providers import address, client_params, refusals
from agnolo.providers.address import Address
from agnolo.providers.errors import Vendor
from agnolo.providers.exchange import Exchange
from agnolo.providers.guard import Caution
from agnolo.providers.profiles import OPENAI, Site
from agnolo.providers.retry import RetryPolicy
from agnolo.providers.wire import BodyForm, Deadlines, HttpRequest, ReplyDecoder, Transport

_SECRET_NAMES = ("auth", "key", "token", "cookie", "secret")
"""Parts of the names of headers and query fields whose values are never shown."""


class Connection(Options):
    """Where the model is and how patiently it is asked.

    The key is `api_key`, else the site's variables, looked up when a request is made. Times are in seconds: `timeout`
    bounds the whole request with its retries, the others its phases. `retries` counts attempts after the first, and so
    does `max_retries`, which yields to it; between them lies `delay_between_retries`, doubled each time if
    `exponential_backoff`, unless the server says; without either, a jittered wait that grows from half a second.
    `rate_governor` holds requests back while the vendor says that a limit is used up, `circuit_breaker` fails them at
    once while it keeps failing; unless said, both are for vendors elsewhere, not for servers on this machine or behind
    a `transport` of one's own. `supports_native_structured_outputs` and `supports_json_schema_outputs` say otherwise
    than the vendor's row whether it enforces schemas. `client_params` are the options of the vendor's SDK that say
    where and how patiently to ask, and win over others. `instructions` stand with those of the agent and
    `system_prompt` at the end of its system message, unless it has a `system_message`. Usage is always taken when
    complete, whatever `collect_metrics_on_completion` says.
    """

    id: str
    name: str
    provider: str

    api_key: str | None = None
    base_url: str | None = None
    organization: str | None = None
    region: str | None = None
    site: Site = OPENAI

    default_headers: Mapping[str, str] | None = None
    default_query: Mapping[str, str] | None = None
    extra_headers: Mapping[str, str] | None = None
    extra_query: Mapping[str, str] | None = None

    timeout: float | None = None
    connect_timeout: float | None = None
    first_token_timeout: float | None = None
    token_timeout: float | None = None
    retries: int = 2
    max_retries: int | None = None
    delay_between_retries: float | None = None
    exponential_backoff: bool | None = None
    rate_governor: bool | None = None
    circuit_breaker: bool | None = None
    client_params: Mapping[str, Any] | None = None
    system_prompt: str | None = None
    instructions: str | Sequence[str] | None = None
    retry_with_guidance: bool = True
    retry_with_guidance_limit: int = 1
    supports_native_structured_outputs: bool | None = None
    supports_json_schema_outputs: bool | None = None
    collect_metrics_on_completion: bool = False
    max_concurrency: int | None = None
    ca_file: str | None = None
    transport: Transport | None = None

    loop_bound = True
    _deadlines: ClassVar[Deadlines] = Deadlines()
    _refused: ClassVar[Mapping[str, str]] = refusals.EVERYWHERE
    """Options of the reference that are not honoured, and why."""

    if not TYPE_CHECKING:

        def __init__(self, id: str | None = None, **options: Any) -> None:
            if id is not None:
                options["id"] = id
            if refused := sorted(self._refused.keys() & options.keys()):
                raise TypeError(f"{type(self).__name__}() has no option {refused[0]!r}: {self._refused[refused[0]]}")
            if params := options.get("client_params"):
                options |= self._of_sdk(params)
            super().__init__(**options)

    @classmethod
    def _of_sdk(cls, params: Mapping[str, Any]) -> dict[str, Any]:
        """Options of the vendor's SDK as ours."""
        return client_params.renamed(cls.__name__, params, client_params.STAINLESS)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r}, provider={self.provider!r})"

    def get_provider(self) -> str:
        """The name under which metrics count its tokens."""
        return self.provider or self.name

    def output_strategy(self, request: ModelRequest) -> OutputStrategy:
        """As the user says, else as the vendor's row does."""
        said = (self.supports_native_structured_outputs, self.supports_json_schema_outputs)
        usual = self._strategy(request)
        if said == (None, None):
            return usual
        if any(said):
            return "native"
        return "prompted" if usual == "native" else usual

    def _strategy(self, request: ModelRequest) -> OutputStrategy:
        return self.site.dialect.output.of(self.id, request)

    def _own(self) -> dict[str, Any]:
        """The fields of the body that only this vendor has."""
        return {}

    def _address(self) -> Address:
        return address.find(
            self.site, owner=self.name, api_key=self.api_key, base_url=self.base_url, region=self.region
        )

    def _transport(self) -> Transport:
        return self.transport or reach("agnolo.providers.transport", "http").NETWORK

    def _wire(self, vendor: Vendor) -> Transport:
        """The transport for what is no conversation; dialects whose refusals need a judge of their own wrap it."""
        return self._transport()

    def _exchange(
        self,
        found: Address,
        path: str,
        *,
        body: bytes = b"",
        stream: bool = False,
        decoder: Callable[[Vendor, BodyForm], ReplyDecoder],
        method: Literal["GET", "POST"] = "POST",
        query: Mapping[str, str] | None = None,
    ) -> Exchange:
        headers = self._headers(found, stream=stream)
        query = {**(query or {}), **self._query(stream=stream)}
        secrets = tuple(
            value.removeprefix("Bearer ")
            for name, value in (*headers.items(), *query.items())
            if any(word in name.lower() for word in _SECRET_NAMES)
        )
        return Exchange(
            request=HttpRequest(
                url=address.endpoint(found.base_url, path, query),
                headers=headers,
                body=body,
                method=method,
                ca_file=self.ca_file,
                max_concurrency=self.max_concurrency,
            ),
            vendor=Vendor(name=self.provider, model=self.id, key=found.key_name, secrets=secrets),
            decoder=decoder,
            stream=stream,
            deadlines=self._patience(),
            retry=self._retry_policy(),
            caution=self._caution(found.base_url),
        )

    def _caution(self, url: str) -> Caution:
        """A server on this machine may have been started just now, and asking one that is not there costs nothing."""
        remote = self.transport is None and not address.is_here(url)
        return Caution(
            governor=remote if self.rate_governor is None else self.rate_governor,
            breaker=remote if self.circuit_breaker is None else self.circuit_breaker,
        )

    def _retry_policy(self) -> RetryPolicy:
        retries = self.retries
        if self.max_retries is not None and "retries" not in vars(self):
            retries = self.max_retries
        return RetryPolicy.of(
            retries,
            delay_between_retries=self.delay_between_retries,
            exponential_backoff=self.exponential_backoff,
        )

    def _query(self, *, stream: bool) -> dict[str, str]:
        """The fields of the URL's query; the dialects that stream by another URL say so here."""
        return {**(self.default_query or {}), **(self.extra_query or {})}

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        """Ours, then the user's, which win whatever their case."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if stream else "application/json",
            "User-Agent": "agnolo",
        }
        if stream:
            headers["Accept-Encoding"] = "identity"  # a compressor holds tokens back
        if found.key:
            bearer = self.site.key_header == "Authorization"
            headers[self.site.key_header] = f"Bearer {found.key}" if bearer else found.key
        headers |= address.configured_headers(self.site)
        if self.organization:
            headers["OpenAI-Organization"] = self.organization
        for name, value in {**(self.default_headers or {}), **(self.extra_headers or {})}.items():
            known = next((ours for ours in headers if ours.lower() == name.lower()), name)
            headers[known] = value
        return headers

    def _patience(self) -> Deadlines:
        given = {
            "total": self.timeout,
            "connect": self.connect_timeout,
            "first_token": self.first_token_timeout,
            "token": self.token_timeout,
        }
        return msgspec.structs.replace(self._deadlines, **{k: v for k, v in given.items() if v is not None})


def refused_by(kind: type[Connection]) -> Mapping[str, str]:
    """Options of the reference that a class refuses, and why."""
    return kind._refused  # pyright: ignore[reportPrivateUsage] - declared above, and no name for users of a model
