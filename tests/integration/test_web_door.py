"""What the server over HTTP lets in, and what it says of itself: a real server, both revisions."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from fixtures.http_server import ERAS, MODERN, HttpServer, call, running
from fixtures.warm_stack import Command
from mcp import Client

MAX_BYTES = 20_000
PER_MINUTE = 5
SERVE = ("serve", "--transport", "http", "--port")
PAGES = ["/", "/metrics"]


@pytest.fixture(scope="module")
def server(warm: Command) -> Iterator[HttpServer]:
    command = warm.with_settings(
        PIPELINE_SERVER__MAX_REQUEST_BYTES=f"{MAX_BYTES}",
        PIPELINE_SERVER__REQUEST_SECONDS="0.5",
        PIPELINE_SERVER__REQUESTS_PER_MINUTE=f"{PER_MINUTE}",
        PIPELINE_SERVER__TRUSTED_PROXIES="127.0.0.1",
        PIPELINE_SERVER__ALLOWED_ORIGINS="https://pages.example",
    )
    with running(
        lambda port: command.start("serve", "--transport", "http", "--port", f"{port}")
    ) as it:
        yield it


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:80", "Origin": "http://evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_page_that_points_its_name_here_reaches_nothing(
    server: HttpServer, era: str, headers: dict[str, str], status: int
) -> None:
    refused = server.post(call("pipeline_status", {}, era), era, **headers)
    assert refused.status_code == status
    assert "PIPELINE_SERVER__ALLOWED" in refused.json()["error"]["message"]
    for path in PAGES:
        assert server.get(path, **headers).status_code == status


def test_balancers_ask_by_an_address(server: HttpServer) -> None:
    for path in ("/healthz", "/readyz"):
        assert server.get(path, Host="10.0.0.7:8765").status_code == httpx2.codes.OK


def test_its_own_pages_and_allowed_ones_may_ask(server: HttpServer) -> None:
    assert server.get("/", Origin=server.url).status_code == httpx2.codes.OK
    allowed = server.get("/", Origin="https://pages.example")
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://pages.example"


@pytest.mark.parametrize("era", ERAS)
def test_a_request_that_is_too_large_is_refused_with_a_sentence(
    server: HttpServer, era: str
) -> None:
    body = call("pipeline_status", {"session_id": "x" * MAX_BYTES}, era)
    refused = server.post(body, era)
    assert refused.status_code == httpx2.codes.CONTENT_TOO_LARGE
    assert f"{MAX_BYTES} bytes" in refused.json()["error"]["message"]


def test_a_large_request_cannot_hide_its_size(server: HttpServer) -> None:
    pieces = (b" " * 1000 for _ in range(MAX_BYTES // 1000 + 1))
    refused = httpx2.post(
        f"{server.url}/mcp", content=pieces, headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == httpx2.codes.CONTENT_TOO_LARGE


def test_a_request_that_never_arrives_is_given_up(server: HttpServer) -> None:
    answer = raw(server, b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")


def test_endless_headers_are_cut_off(server: HttpServer) -> None:
    answer = raw(server, b"X-Padding: " + b"x" * 100_000 + b"\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert server.is_up()


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("body", "codes"),
    [
        (b"{not json", {-32700}),
        (b"[" * 5000, {-32700}),
        (b"\xff\xfe", {-32700}),
        (b"[]", {-32600, -32602}),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "tools/list"}', {-32600, -32602}),
    ],
)
def test_nonsense_is_answered_in_the_protocols_own_words(
    server: HttpServer, era: str, body: bytes, codes: set[int]
) -> None:
    answer = server.post(body, era)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["jsonrpc"] == "2.0"
    assert answer.json()["error"]["code"] in codes
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
@pytest.mark.parametrize("era", ERAS)
def test_only_json_is_taken(server: HttpServer, era: str, kind: str) -> None:
    refused = server.post(b"{}", era, Content_Type=kind)
    assert refused.status_code == httpx2.codes.UNSUPPORTED_MEDIA_TYPE
    assert "application/json" in refused.json()["error"]["message"]


def test_who_asks_too_much_is_told_when_to_come_again(server: HttpServer) -> None:
    caller, other = {"X_Forwarded_For": "203.0.113.5"}, {"X_Forwarded_For": "203.0.113.6"}
    for _ in range(PER_MINUTE):
        assert server.get("/", **caller).status_code == httpx2.codes.OK
    refused = server.post(call("pipeline_status", {}, MODERN), MODERN, **caller)
    assert refused.status_code == httpx2.codes.TOO_MANY_REQUESTS
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert "server.requests_per_minute" in refused.json()["error"]["message"]
    assert server.get("/", **other).status_code == httpx2.codes.OK
    assert server.get("/readyz", **caller).status_code == httpx2.codes.OK


@pytest.mark.parametrize("mode", ["legacy", MODERN])
def test_calls_are_counted_by_tool_and_outcome(server: HttpServer, mode: str) -> None:
    def count(tool: str, outcome: str) -> float:
        name = f'pipeline_mcp_calls_total{{outcome="{outcome}",tool="{tool}"}}'
        return samples(server).get(name, 0.0)

    async def talk() -> None:
        async with Client(f"{server.url}/mcp", mode=mode) as client:
            await client.call_tool("pipeline_status", {})
            refused = await client.call_tool("pipeline_status", {"session_id": "nope"})
            assert refused.is_error

    before = count("pipeline_status", "ok"), count("pipeline_status", "error")
    anyio.run(talk)
    after = count("pipeline_status", "ok"), count("pipeline_status", "error")
    assert after == (before[0] + 1, before[1] + 1)


def test_metrics_tell_of_the_whole_and_only_of_what_is_known(server: HttpServer) -> None:
    server.get("/made/up/by/an/outsider")
    server.post(call("made_up", {}, MODERN), MODERN, Mcp_Method="tools/call", Mcp_Name="made_up")
    found = samples(server)
    assert not [name for name in found if "made" in name]
    assert found['pipeline_http_requests_total{method="GET",path="other",status="404"}'] >= 1
    assert found['pipeline_health_check{check="database"}'] == 2
    assert found['pipeline_queue_depth{queue="lint"}'] >= 0
    assert found['pipeline_sessions{status="failed"}'] >= 0
    assert found["pipeline_workers_alive"] >= 1
    assert found["process_open_fds"] > 0


def test_the_root_says_what_there_is(server: HttpServer) -> None:
    assert "/mcp" in server.get("/").json()["endpoints"]


def samples(server: HttpServer) -> dict[str, float]:
    """The metrics, by name with labels."""
    lines = [line for line in server.get("/metrics").text.splitlines() if line[0] != "#"]
    pairs = (line.rsplit(" ", 1) for line in lines)
    return {name: float(value) for name, value in pairs}


def raw(server: HttpServer, rest: bytes) -> bytes:
    """What comes back for a request that no client library would send."""
    parts = urlsplit(server.url)
    assert parts.hostname and parts.port
    head = f"POST /mcp HTTP/1.1\r\nHost: {parts.netloc}\r\n".encode()
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        try:
            connection.sendall(head + rest)
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:
            return b""
