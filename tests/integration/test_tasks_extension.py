"""Sessions as tasks of MCP's Tasks extension: two servers and a worker on one database."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from fixtures.hosts import Host, MakeHost, Running
from fixtures.requirements import require
from fixtures.tasks_client import TASKS, RpcError, TasksClient
from mcp import Client, MCPError
from mcp.types import Request
from sqlalchemy import select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import audit
from pipeline_mcp.db.tables import task as task_table
from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.server.access import tokens
from pipeline_mcp.server.tasks_extension.wire import TaskParams

INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601
MISSING_CAPABILITY = -32021
HEADER_MISMATCH = -32020


@pytest.fixture
def workspace(tmp_path: Path) -> str:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text("import os\nprint(missing)\n")
    return str(root)


@pytest.fixture
def host(make_host: MakeHost) -> Host:
    return make_host("east")


@pytest.fixture
def servers(host: Host) -> tuple[Running, Running]:
    """Two servers, of which nobody works on sessions."""
    first, second = host.server(), host.server()
    first.wait()
    second.wait()
    return first, second


def test_a_task_outlives_its_server_and_ends_with_the_result_of_the_plain_call(
    host: Host, servers: tuple[Running, Running], workspace: str
) -> None:
    first, second = servers
    created = TasksClient(first.url).call("version_keeper_scan", workspace=workspace)
    first.process.kill()
    first.process.wait()
    assert created["resultType"] == "task"
    assert created["status"] == "working"
    assert not {"result", "error", "inputRequests", "requestState"} & created.keys()
    assert re.fullmatch(r"task-[0-9a-f]{40}", created["taskId"])
    with reading() as connection:
        rows = connection.execute(select(task_table)).mappings().all()
    assert [(row["id"], row["principal"]) for row in rows] == [(created["taskId"], "local")]
    session_id = rows[0]["session_id"]

    client = TasksClient(second.url)
    waiting = client.get(created["taskId"])
    assert (waiting["resultType"], waiting["status"]) == ("complete", "working")
    assert session_id in waiting["statusMessage"]
    assert waiting["ttlMs"] is None
    host.worker().wait()
    done = client.until(created["taskId"])
    assert done["status"] == "completed"
    assert done["ttlMs"] > 24 * 3600 * 1000
    plain = TasksClient(second.url, declares=False).call(
        "version_keeper_scan", workspace=workspace, session_id=session_id
    )
    assert _timeless(done["result"]) == _timeless(plain)
    assert done["result"]["structuredContent"]["results"]["status"] == "failed"
    assert len(_sessions(second)) == 1


def test_a_stream_tells_of_a_task_that_another_server_made(
    host: Host, servers: tuple[Running, Running], workspace: str
) -> None:
    first, second = servers
    task_id = TasksClient(first.url).call("pipeline_run_full", workspace=workspace)["taskId"]
    wanted = {"taskIds": [task_id, "task-of-somebody-else"]}
    stream = TasksClient(second.url).stream("subscriptions/listen", notifications=wanted)
    acknowledged = next(stream)
    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert acknowledged["params"]["notifications"] == {"taskIds": [task_id]}
    host.worker()
    told = [message["params"] for message in _until_final(stream)]
    assert [state["status"] for state in told[:-1]] == ["working"] * (len(told) - 1)
    assert {state["taskId"] for state in told} == {task_id}
    seen = TasksClient(first.url).get(task_id)
    assert _timeless(told[-1]["result"]) == _timeless(seen["result"])
    assert seen["result"]["structuredContent"]["tool"] == "pipeline_run_full"
    assert len(_sessions(second)) == 1


def test_a_task_is_cancelled_from_another_server_with_its_session(
    servers: tuple[Running, Running], workspace: str
) -> None:
    first, second = (TasksClient(server.url) for server in servers)
    task_id = first.call("pipeline_run_full", workspace=workspace)["taskId"]
    for client in (second, first):
        acknowledged = client.cancel(task_id)
        assert acknowledged["resultType"] == "complete"
        assert not {"taskId", "status"} & acknowledged.keys()
    assert first.get(task_id)["status"] == "cancelled"
    assert [row["status"] for row in _sessions(servers[1])] == ["cancelled"]


def test_a_client_that_does_not_declare_the_extension_sees_nothing_of_it(
    servers: tuple[Running, Running], workspace: str
) -> None:
    plain = TasksClient(servers[0].url, declares=False)
    assert plain.call("pipeline_run_full", workspace=workspace)["resultType"] == "complete"
    task_id = TasksClient(plain.url).call("pipeline_run_full", workspace=workspace)["taskId"]
    wanted = {"taskIds": [task_id]}
    for ask in (
        lambda: plain.get(task_id),
        lambda: plain.update(task_id),
        lambda: plain.cancel(task_id),
        lambda: plain.request("subscriptions/listen", notifications=wanted),
    ):
        with pytest.raises(RpcError) as refused:
            ask()
        assert refused.value.code == MISSING_CAPABILITY
        assert refused.value.data == {"requiredCapabilities": {"extensions": {TASKS: {}}}}
    assert _under_an_earlier_revision(plain.url, workspace, task_id) == METHOD_NOT_FOUND


def test_an_unknown_task_and_a_wrong_route_are_refused(servers: tuple[Running, Running]) -> None:
    client = TasksClient(servers[0].url)
    for headers, code in (
        ({}, INVALID_PARAMS),
        ({"Mcp-Name": "task-of-somebody-else"}, HEADER_MISMATCH),
        ({"Mcp-Name": ""}, HEADER_MISMATCH),
    ):
        for method in ("tasks/get", "tasks/cancel", "tasks/update"):
            params = {"inputResponses": {}} if method == "tasks/update" else {}
            with pytest.raises(RpcError) as refused:
                client.request(method, headers, taskId="task-0", **params)
            assert (refused.value.code, refused.value.status) == (code, 400)


def test_nobody_but_the_principal_and_an_administrator_has_the_task(
    host: Host, workspace: str
) -> None:
    read, run, admin = AccessScope.READ, AccessScope.RUN, AccessScope.ADMIN
    _, of_ada = tokens.create("ada", [read, run])
    _, of_her_dashboard = tokens.create("ada", [read], is_another=True)
    _, of_eve = tokens.create("eve", [read, run])
    _, of_root = tokens.create("root", [admin])
    server = host.server()
    server.wait()
    task_id = TasksClient(server.url, token=of_ada).call("pipeline_run_full", workspace=workspace)[
        "taskId"
    ]
    stranger = TasksClient(server.url, token=of_eve)
    for ask in (stranger.get, stranger.update, stranger.cancel):
        refusals = []
        for each in (task_id, "task-0"):
            with pytest.raises(RpcError) as refused:
                ask(each)
            refusals.append((refused.value.code, refused.value.message.replace(each, "")))
        assert refusals[0] == refusals[1]
    wanted = {"taskIds": [task_id]}
    stream = stranger.stream("subscriptions/listen", notifications=wanted)
    assert next(stream)["params"]["notifications"] == {"taskIds": []}
    stream.close()

    dashboard = TasksClient(server.url, token=of_her_dashboard)
    for change in (dashboard.cancel, dashboard.update):
        with pytest.raises(RpcError, match="scope run"):
            change(task_id)
    assert TasksClient(server.url, token=of_root).get(task_id)["status"] == "working"
    host.worker()
    done = dashboard.until(task_id)
    assert done["result"]["structuredContent"]["results"]["status"] == "failed"
    with reading() as connection:
        acts = connection.scalars(select(audit.c.action).where(audit.c.principal == "ada")).all()
    assert sorted(acts) == ["call", "submit"]


def test_over_stdio_a_call_becomes_a_task_too(state_dir: Path, workspace: str) -> None:
    numbers = itertools.count(1)
    process = subprocess.Popen(
        [require("pipeline-mcp"), "serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    meta = TasksClient("").meta()

    def ask(method: str, **params: Any) -> dict[str, Any]:
        number = next(numbers)
        message = {"jsonrpc": "2.0", "id": number, "method": method}
        print(
            json.dumps({**message, "params": {**params, "_meta": meta}}),
            file=process.stdin,
            flush=True,
        )
        answers = (json.loads(line) for line in process.stdout or ())
        answer = next(each for each in answers if each.get("id") == number)
        result: dict[str, Any] = answer["result"]
        return result

    with process:
        created = ask("tools/call", name="pipeline_run_full", arguments={"workspace": workspace})
        assert created["resultType"] == "task"
        looks = (ask("tasks/get", taskId=created["taskId"]) for _ in itertools.count())
        done = next(task for task in looks if task["status"] != "working")
        process.terminate()
    assert done["status"] == "completed"
    assert done["result"]["structuredContent"]["results"]["status"] == "failed"


class _GetTask(Request[TaskParams, Literal["tasks/get"]]):
    method: Literal["tasks/get"] = "tasks/get"


def _until_final(stream: Any) -> list[dict[str, Any]]:
    told = []
    for message in stream:
        assert message["method"] == "notifications/tasks"
        told.append(message)
        if message["params"]["status"] != "working":
            break
    stream.close()
    return told


def _timeless(result: dict[str, Any]) -> dict[str, Any]:
    """What a tool has answered, without the moment of the call."""
    said = dict(result["structuredContent"])
    del said["execution_time"]
    return {"said": said, "is_error": result.get("isError", False)}


def _sessions(server: Running) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = server.call("pipeline_status")["results"]["sessions"]
    return rows


def _under_an_earlier_revision(url: str, workspace: str, task_id: str) -> int:
    """Call as a client of 2025-11-25 does; gives the error's code that `tasks/get` has there."""

    async def talk() -> int:
        async with Client(url, mode="legacy") as client:
            answer = await client.call_tool("pipeline_run_full", {"workspace": workspace})
            assert answer.structured_content["status"] == "accepted"
            request = _GetTask(params=TaskParams(task_id=task_id))
            with pytest.raises(MCPError) as refused:
                await client.session.send_request(request, dict)
            return refused.value.code

    return anyio.run(talk)
