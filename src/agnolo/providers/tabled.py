"""Models made from rows of the table: the options that only one vendor has, and where their values go."""

from __future__ import annotations

import os
import string
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

import msgspec

from agnolo.ports.model import ModelRequest
from agnolo.providers import address
from agnolo.providers.address import Address
from agnolo.providers.connection import Connection
from agnolo.providers.openai_model import OpenAIChat
from agnolo.providers.openai_request import Wording
from agnolo.providers.row import Parameter, Row
from agnolo.vocabulary import codec
from agnolo.vocabulary.errors import ConfigurationError


class _Said(NamedTuple):
    parameter: Parameter
    value: Any


def _otherwise(said: str | dict[str, Any], model: str) -> Any:  # noqa: ANN401 - a value of the parameter
    return said.format(id=model) if isinstance(said, str) else said.get(model, said.get(""))


class Tabled(Connection):
    """What a row adds to a dialect."""

    _row: ClassVar[Row]

    def _said(self, to: str) -> Iterator[_Said]:
        """What is said for one destination: by the option, its variable, or the row."""
        for parameter in self._row.parameters:
            if parameter.to != to:
                continue
            value: Any = getattr(self, parameter.name)
            if value is None and parameter.variable and not (parameter.credential and self._has_key()):
                value = os.environ.get(parameter.variable, "").strip() or None
            if value is None and parameter.otherwise is not None:
                value = _otherwise(parameter.otherwise, self.id)
            if parameter.values is not None and value is not None:
                value = parameter.values.get(value)
            if value is not None:
                yield _Said(parameter, value)

    def _has_key(self) -> bool:
        return self.api_key is not None or address.configured_key(self.site) is not None

    def _own(self) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for parameter, value in self._said("body"):
            *path, last = (parameter.sent_as or parameter.name).split(".")
            place = body
            for step in path:
                place = place.setdefault(step, {})
            place[last] = value
        return body

    def _query(self, *, stream: bool) -> dict[str, str]:
        said = {parameter.sent_as: str(value) for parameter, value in self._said("query")}
        return {**said, **super()._query(stream=stream)}

    def _headers(self, found: Address, *, stream: bool) -> dict[str, str]:
        said = list(self._said("header"))
        known = msgspec.structs.replace(found, key=None) if any(one.parameter.credential for one in said) else found
        headers = super()._headers(known, stream=stream)
        given = {name.lower() for name in headers}
        for parameter, value in said:
            if parameter.sent_as.lower() not in given:
                headers[parameter.sent_as] = f"{parameter.prefix}{_text(self.name, parameter, value)}"
        return headers

    def _address(self) -> Address:
        site = self.site
        renamed = {one.parameter.sent_as or one.parameter.name: one.value for one in self._said("option")}
        if any(one.parameter.credential for one in self._said("header")):
            site = msgspec.structs.replace(site, key_needed=False)
        base_url = self.base_url or renamed.get("base_url")
        if base_url is None and address.configured_url(site) is None and "{" in (site.default_url or ""):
            base_url = self._filled(site.default_url or "")
        return address.find(
            site,
            owner=type(self).__name__,
            api_key=self.api_key if self.api_key is not None else renamed.get("api_key"),
            base_url=base_url,
            region=self.region,
        )

    def _filled(self, url: str) -> str:
        said = {one.parameter.name: str(one.value).rstrip("/") for one in self._said("url")}
        for _, name, _, _ in string.Formatter().parse(url):
            if name and name not in said:
                variable = next(known.variable for known in self._row.parameters if known.name == name)
                owner = type(self).__name__
                raise ConfigurationError(
                    f"{variable} is not set: set it in the environment or give {owner}({name}=...), or base_url"
                )
        return url.format_map(said)

    @classmethod
    def of(cls, row: Row) -> type[Connection]:
        """The class of a row."""
        own = {known.name: known.annotation for known in row.parameters if not hasattr(cls, known.name)}
        return type(row.made_class, (cls,), {
            "__module__": "agnolo.providers",
            "__doc__": f"{cls.__doc__} This one is {row.provider}.",
            "__annotations__": own,
            **{known.name: known.default for known in row.parameters if known.name in own or known.default is not None},
            "id": row.default_model,
            "name": row.name,
            "provider": row.provider,
            "site": row.site,
            **row.options,
            "_row": row,
            "_refused": {**cls._refused, **row.refused},
        })  # fmt: skip


def _text(owner: str, parameter: Parameter, value: Any) -> str:  # noqa: ANN401 - what the user gave
    if parameter.called:
        value = value()
        if not isinstance(value, str):
            raise ConfigurationError(f"{owner}({parameter.name}=...) must be a plain function that returns text")
    return value if isinstance(value, str) else codec.dumps(value).decode()


class TabledChat(Tabled, OpenAIChat):
    """A vendor of the table that speaks chat completions."""

    def get_provider(self) -> str:
        """The name under which metrics count its tokens."""
        return self.provider or self.name

    def _wording(self) -> Wording:
        wording = super()._wording()
        prefix = next((put for begin, put in self._row.id_prefixes.items() if self.id.startswith(begin)), "")
        return msgspec.structs.replace(wording, model=f"{prefix}{self.id}") if prefix else wording

    def _blocks(self, request: ModelRequest) -> bool:
        return super()._blocks(request) or any(one.parameter.called for one in self._said("header"))
