"""Pools of connections and the loops they belong to; proxies and certificates."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from agnolo.providers import transport
from agnolo.providers.transport import NETWORK, Network, proxy_for
from agnolo.vocabulary.errors import ConfigurationError, ModelConnectionError
from tests.providers.loopback import (
    HELLO_EVENTS,
    HELLO_STREAM,
    Connection,
    Script,
    answering,
    ask,
    model,
    once,
    serving,
)

pytestmark = pytest.mark.anyio

AUTHORITY = trustme.CA()


# ---- loops


def in_thread(work: Any) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert failed == []


async def test_several_loops_in_several_threads_have_connections_of_their_own() -> None:
    async with serving(answering(HELLO_STREAM)) as server:
        meeting = threading.Barrier(3)

        async def work() -> None:
            assert await ask(model(server)) == HELLO_EVENTS
            await asyncio.to_thread(meeting.wait)
            assert await ask(model(server)) == HELLO_EVENTS

        await asyncio.gather(*(asyncio.to_thread(in_thread, work) for _ in range(3)))
        assert len(server.connections) == 3


async def test_connections_are_closed_when_their_loop_ends() -> None:
    async with serving(answering(HELLO_STREAM)) as server:

        async def work() -> None:
            await ask(model(server))
            assert NETWORK.open_loops() >= 1

        before = NETWORK.open_loops()
        await asyncio.to_thread(in_thread, work)
        await server.connections[0].left.wait()
        assert NETWORK.open_loops() == before


@pytest.mark.filterwarnings("ignore:unclosed")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_what_a_badly_closed_loop_left_behind_is_cleared_away() -> None:
    network = Network()
    async with serving(answering(HELLO_STREAM)) as server:

        def leave() -> None:
            loop = asyncio.new_event_loop()
            loop.run_until_complete(ask(model(server, transport=network)))
            loop.close()

        await asyncio.to_thread(leave)
        assert network.open_loops() == 1
        await ask(model(server, transport=network))  # a new loop: the closed one is forgotten
        assert network.open_loops() == 1
        await asyncio.to_thread(leave)
        await asyncio.to_thread(network.close)
        assert network.open_loops() == 0
        gc.collect()


async def test_at_the_end_of_the_process_loops_that_still_run_are_closed() -> None:
    network = Network()
    async with serving(answering(HELLO_STREAM)) as server:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            future = asyncio.run_coroutine_threadsafe(ask(model(server, transport=network)), loop)
            assert await asyncio.wrap_future(future) == HELLO_EVENTS
            await asyncio.to_thread(network.close)
            await server.connections[0].left.wait()
            assert network.open_loops() == 0
        finally:
            loop.call_soon_threadsafe(loop.stop)
            await asyncio.to_thread(thread.join)
            loop.close()


async def test_at_the_end_of_the_process_loops_that_rest_are_closed() -> None:
    network = Network()
    async with serving(answering(HELLO_STREAM)) as server:
        loop = asyncio.new_event_loop()

        def rest() -> None:
            loop.run_until_complete(ask(model(server, transport=network)))
            network.close()
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            network.close()

        await asyncio.to_thread(rest)
        await server.connections[0].left.wait()
        assert network.open_loops() == 0


# ---- proxies and certificates


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def proxy(connection: Connection) -> None:
        asked.append((await connection.asked()).line)
        await connection.send(HELLO_STREAM)

    async with serving(proxy) as server:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{server.port}")
        monkeypatch.setenv("http_proxy", f"127.0.0.1:{server.port}")
        assert await ask(model("http://provider.invalid/v1")) == HELLO_EVENTS
        assert asked == ["POST http://provider.invalid/v1/chat/completions HTTP/1.1"]


async def test_a_proxy_that_refuses_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(once(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as server:
        monkeypatch.setenv("https_proxy", f"http://ada:lovelace@127.0.0.1:{server.port}")
        with pytest.raises(
            ModelConnectionError, match=r"provider\.invalid can't be reached: the proxy answered 407"
        ) as raised:
            await ask(model("https://provider.invalid/v1"))
        assert "lovelace" not in repr(raised.value)
        assert raised.value.__cause__ is not None
        assert raised.value.__cause__.__cause__ is None


@pytest.mark.parametrize(
    ("environment", "url", "expected"),
    [
        ({}, "http://a.example/v1", None),
        ({"http_proxy": "http://p:1"}, "http://a.example/v1", "http://p:1"),
        ({"http_proxy": "http://p:1"}, "https://a.example/v1", None),
        ({"all_proxy": "p:1"}, "https://a.example/v1", "http://p:1"),
        ({"http_proxy": "http://p:1", "no_proxy": "localhost,.example"}, "http://a.example:8080/v1", None),
        ({"http_proxy": "http://p:1", "no_proxy": "other.example"}, "http://a.example/v1", "http://p:1"),
    ],
)
def test_which_proxy_is_used(
    environment: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(url) == expected


def test_a_socks_proxy_is_refused_with_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://ada:lovelace@p:1")
    with pytest.raises(ConfigurationError, match="'socks5' proxies are not supported: set HTTPS_PROXY to an http://"):
        proxy_for("https://a.example/v1")


def tunnel(asked: list[tuple[str, str]]) -> Script:
    """A proxy that connects to whatever is asked, and notes line and credentials."""

    async def script(connection: Connection) -> None:
        line, headers, _ = await connection.asked()
        asked.append((line, headers.get("proxy-authorization", "")))
        port = int(line.split()[1].rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = asyncio.ensure_future(_pipe(reader.read, connection.send))
        try:
            await _pipe(connection.read, _writing(writer))
        finally:
            writer.close()
            back.cancel()

    return script


def _writing(writer: asyncio.StreamWriter) -> Callable[[bytes], Awaitable[None]]:
    async def write(block: bytes) -> None:
        writer.write(block)
        await writer.drain()

    return write


async def _pipe(read: Callable[[int], Awaitable[bytes]], write: Callable[[bytes], Awaitable[None]]) -> None:
    while block := await read(65536):
        await write(block)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_https_provider_is_reached_through_a_tunnel_of_either_kind_of_proxy(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(authority)
    asked: list[tuple[str, str]] = []
    async with (
        serving(answering(HELLO_STREAM), tls=server_context()) as server,
        serving(tunnel(asked), tls=server_context() if scheme == "https" else None) as proxy,
    ):
        monkeypatch.setenv("https_proxy", f"{scheme}://ada:lovelace@127.0.0.1:{proxy.port}")
        network = Network()
        assert await ask(model(server, ca_file=str(authority), transport=network)) == HELLO_EVENTS
        assert asked == [(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1", "Basic YWRhOmxvdmVsYWNl")]
        assert len(server.connections) == 1
        await asyncio.to_thread(network.close)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_can_not_be_reached_is_told_without_its_password(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"{scheme}://ada:lovelace@127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ModelConnectionError, match=r"provider\.invalid can't be reached: ") as raised:
            await ask(model("https://provider.invalid/v1"))
    error: BaseException | None = raised.value
    while error is not None:
        assert "lovelace" not in f"{error} {error!r}"
        error = error.__cause__


async def test_hosts_of_no_proxy_are_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(answering(HELLO_STREAM)) as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
        monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
        assert await ask(model(server)) == HELLO_EVENTS


async def test_extra_headers_are_sent_and_win() -> None:
    seen: list[dict[str, str]] = []

    async def script(connection: Connection) -> None:
        seen.append((await connection.asked()).headers)
        await connection.send(HELLO_STREAM)

    async with serving(script) as server:
        await ask(
            model(server, default_headers={"X-A": "1", "X-B": "1"}, extra_headers={"x-b": "2", "user-agent": "u"})
        )
    assert (seen[0]["x-a"], seen[0]["x-b"], seen[0]["user-agent"]) == ("1", "2", "u")


async def test_a_netrc_file_does_not_disturb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(answering(HELLO_STREAM)) as server:
        assert await ask(model(server)) == HELLO_EVENTS


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_certificate_of_a_private_authority_is_believed_when_it_is_given(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(authority)
    async with serving(answering(HELLO_STREAM), tls=server_context()) as server:
        assert await ask(model(server, ca_file=str(authority))) == HELLO_EVENTS


async def test_a_certificate_of_an_unknown_authority_is_refused_with_the_fix() -> None:
    async with serving(answering(HELLO_STREAM), tls=server_context()) as server:
        with pytest.raises(ModelConnectionError, match=r"certificate verify failed.*set ca_file"):
            await ask(model(server))


async def test_a_ca_file_that_is_not_there_is_the_callers_error() -> None:
    with pytest.raises(ConfigurationError, match=r"ca_file '/nowhere\.pem' can't be read as certificates"):
        await ask(model("https://127.0.0.1:1/v1", ca_file="/nowhere.pem"))


def test_idle_connections_are_given_up_before_servers_do() -> None:
    assert transport.KEEP_ALIVE < 60
