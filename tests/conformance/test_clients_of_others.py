"""Clients that nobody here wrote drive real runs over real repositories, on two servers."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from conformance.conftest import Call, Said, inspect, inspector, npm_client, opened, run_inspector
from conformance.servers import Site, running_site
from fixtures.git import GitRepository
from fixtures.requirements import require
from fixtures.waiting import wait_until

# The name of a client, and the era of the protocol that it speaks.
CLIENTS = [
    ("inspector", "legacy"),
    ("inspector", "modern"),
    ("sdk", "legacy"),
    ("client", "legacy"),
    ("client", "2026-07-28"),
]
# What the npm SDK gives a request, if its user says nothing else.
DEFAULT_TIMEOUT_SECONDS = 60


def named(*without: tuple[str, str]) -> list[object]:
    return [pytest.param(each, id="-".join(each)) for each in CLIENTS if each not in without]


@pytest.fixture(params=named())
def call(request: pytest.FixtureRequest, site: Site) -> Iterator[Call]:
    """Calls to both servers of the site, by each of the clients."""
    name, era = request.param
    with ExitStack() as stack:
        addresses = [server.url for server in site.servers]
        if name == "inspector":
            yield inspector(site, era)
        else:
            yield stack.enter_context(npm_client(name, era, addresses, site))


def test_a_run_is_submitted_followed_and_read_on_both_servers(
    call: Call, repository: GitRepository
) -> None:
    started = call(0, "pipeline_run_full", workspace=str(repository.path))
    for server in (0, 1):
        ended = call(server, "pipeline_status", session_id=started.session_id, wait_seconds=45)
        assert ended.results["status"] == "failed"
        assert paths_of(ended) >= {"shop/prices.py", "shop/stock.py"}
        assert ended.progress == sorted(ended.progress)
        wanted = {"paths": ["shop/st*"], "rules": ["F821"]}
        found = call(server, "session_findings", session_id=started.session_id, **wanted)
        assert paths_of(found) == {"shop/stock.py"}


# With it a call is a task, whose end the Inspector waits for by itself.
@pytest.mark.parametrize("call", named(("inspector", "modern")), indirect=True)
def test_a_run_is_cancelled_on_the_other_server(call: Call, slow_repository: GitRepository) -> None:
    started = call(0, "pipeline_run_full", workspace=str(slow_repository.path))
    handle = {"session_id": started.session_id}
    wait_until(
        lambda: call(1, "pipeline_status", **handle).results["units"]["total"],
        message="the session has units",
    )
    assert call(1, "session_cancel", **handle).results["status"] == "cancelled"
    ended = call(0, "pipeline_status", **handle, wait_seconds=45)
    assert (ended.envelope["status"], ended.results["status"]) == ("partial", "cancelled")


def test_the_inspector_follows_a_run_as_a_task(
    site: Site, slow_repository: GitRepository, gate: Path
) -> None:
    call = inspector(site, "modern")
    workspace = str(slow_repository.path)
    with ThreadPoolExecutor() as pool:
        task = pool.submit(call, 0, "pipeline_run_full", workspace=workspace)
        try:
            wait_until(lambda: running(call, workspace), message="the session runs")
            assert not task.done()
        finally:
            with opened(gate):
                ended = task.result(60)
    assert ended.results["status"] == "failed"
    assert paths_of(ended) == {"fine.py"}


def paths_of(said: Said) -> set[str]:
    """The files in which something was found."""
    return {finding["path"] for finding in said.results["findings"]}


def running(call: Call, workspace: str) -> bool:
    """True if the other server knows a session over this workspace that has begun."""
    sessions = call(1, "pipeline_status").results["sessions"]
    return any(one["workspace"] == workspace and one["units"]["total"] for one in sessions)


@pytest.mark.parametrize("era", ["legacy", "modern"])
@pytest.mark.parametrize("transport", ["http", "stdio"])
def test_the_inspector_finds_no_fault_with_the_tools_schemas(
    site: Site, transport: str, era: str
) -> None:
    target = [site.servers[0].url]
    if transport == "stdio":
        ours = [f"{name}={site.environment[name]}" for name in _names_of_ours(site)]
        given = [word for pair in ours for word in ("-e", pair)]
        target = [*given, "--", require("pipeline-mcp"), "serve"]
    listed = inspect(site, target, era, "--method", "tools/list", "--strict")
    assert "pipeline_run_full" in [tool["name"] for tool in listed["tools"]]


@pytest.mark.parametrize(("library", "era"), [name for name in CLIENTS if name[0] != "inspector"])
def test_a_server_over_stdio_knows_what_another_one_has_done(
    site: Site, repository: GitRepository, library: str, era: str
) -> None:
    command = json.dumps([require("pipeline-mcp"), "serve"])
    with npm_client(library, era, [command, site.servers[0].url], site) as call:
        started = call(0, "pipeline_run_full", workspace=str(repository.path), wait_seconds=45)
        assert started.results["status"] == "failed"
        again = call(1, "pipeline_status", session_id=started.session_id)
        assert again.results["findings"] == started.results["findings"]


def test_the_longest_wait_ends_before_a_client_gives_up(
    site: Site, slow_repository: GitRepository
) -> None:
    with npm_client("sdk", "legacy", [site.servers[0].url], site) as call:
        started = call(0, "pipeline_run_full", workspace=str(slow_repository.path))
        began = time.monotonic()
        waited = call(0, "pipeline_status", session_id=started.session_id, wait_seconds=45)
        assert 40 < time.monotonic() - began < DEFAULT_TIMEOUT_SECONDS
        assert waited.envelope["status"] == "accepted"
        assert call(0, "session_cancel", session_id=started.session_id).results["status"]


def test_a_run_whose_server_is_killed_goes_on_at_another_one(
    site: Site, slow_repository: GitRepository, gate: Path
) -> None:
    lost = site.start_server()
    with npm_client("sdk", "legacy", [lost.url], site) as call:
        session_id = call(0, "pipeline_run_full", workspace=str(slow_repository.path)).session_id
        lost.process.kill()
        lost.process.wait()
    with npm_client("client", "2026-07-28", [site.servers[1].url], site) as call:
        recovered = call(0, "session_recover", session_id=session_id)
        assert recovered.results["status"] in ("queued", "running")
        with opened(gate):
            ended = call(0, "pipeline_status", session_id=session_id, wait_seconds=45)
    assert ended.results["status"] == "failed"
    assert paths_of(ended) == {"fine.py"}


def test_a_server_that_asks_for_tokens_opens_to_one_of_them() -> None:
    with running_site(instances=0) as site:
        words = [require("pipeline-mcp"), "token", "create", "reader", "--scope", "read"]
        made = subprocess.run(
            [*words, "--format", "json"], env=site.environment, capture_output=True, check=True
        )
        token = ["--header", f"Authorization: Bearer {json.loads(made.stdout)['token']}"]
        guarded = site.start_server("--auth", "tokens")
        try:
            for era in ("legacy", "modern"):
                expect_guarded(site, guarded.url, era, token)
        finally:
            guarded.stop()


def expect_guarded(site: Site, url: str, era: str, token: list[str]) -> None:
    """Nothing without the token, and with it the tools that its scope allows."""
    status = ["--method", "tools/call", "--tool-name", "pipeline_status"]
    run = ["--method", "tools/call", "--tool-name", "pipeline_run_full"]
    assert run_inspector(site, [url], era, *status).exit_code != 0
    assert inspect(site, [url], era, *token, *status)["structuredContent"]["results"]
    refused = run_inspector(site, [url], era, *token, *run)
    assert refused.exit_code != 0
    assert "pipeline_run_full' not found on server" in refused.stderr


def _names_of_ours(site: Site) -> list[str]:
    return [name for name in site.environment if name.startswith("PIPELINE_")]
