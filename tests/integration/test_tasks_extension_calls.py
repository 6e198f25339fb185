"""Calls that a server does itself as tasks: two servers with the suite's tools on one database."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fixtures.hosts import Running, answers
from fixtures.tasks_client import RpcError, TasksClient

_TESTS = Path(__file__).parents[1]
INTERNAL_ERROR = -32603
MISSING_CAPABILITY = -32021
YES = {"action": "accept", "content": {"confirm": True}}

StartServer = Callable[..., Running]


@pytest.fixture
def start_server(external_services: None, state_dir: Path) -> Iterator[StartServer]:
    """`start_server(lease_seconds=1)` starts the product's server with the suite's tools in it."""
    started: list[Running] = []

    def start(**settings: object) -> Running:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        own = {f"PIPELINE_{name.upper()}": str(value) for name, value in settings.items()}
        running = Running(
            [sys.executable, "-m", "conformance.served", "--port", str(port)],
            {**os.environ, "PYTHONPATH": str(_TESTS), **own},
            state_dir / f"served-{port}.log",
            lambda: answers(f"http://127.0.0.1:{port}/healthz"),
        )
        running.url = f"http://127.0.0.1:{port}/mcp"
        running.launch()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


def _clients(start_server: StartServer, **settings: object) -> tuple[TasksClient, TasksClient]:
    servers = [start_server(**settings) for _ in range(2)]
    for server in servers:
        server.wait()
    return TasksClient(servers[0].url), TasksClient(servers[1].url)


def test_a_question_outlives_its_server_and_another_one_goes_on_with_the_answer(
    start_server: StartServer,
) -> None:
    first = start_server()
    second = start_server()
    first.wait()
    task_id = TasksClient(first.url).call("confirm_delete", filename="a.py")["taskId"]
    asked = TasksClient(first.url).until(task_id, "input_required")
    first.process.kill()
    first.process.wait()

    second.wait()
    client = TasksClient(second.url)
    assert client.get(task_id)["inputRequests"] == asked["inputRequests"]
    (key,) = asked["inputRequests"]
    assert asked["inputRequests"][key]["method"] == "elicitation/create"
    client.update(task_id, unheard_of={"ignored": True})
    assert client.get(task_id)["status"] == "input_required"
    with pytest.raises(RpcError) as refused:
        client.update(task_id, **{key: {"action": "perhaps"}})
    assert key in refused.value.message
    client.update(task_id, **{key: YES})
    done = client.until(task_id)
    assert done["status"] == "completed"
    assert done["result"]["content"][0]["text"] == "Confirmed: True"
    assert client.update(task_id, **{key: YES})["resultType"] == "complete"
    assert client.get(task_id) == done


def test_of_the_same_answer_through_two_servers_at_once_one_counts(
    start_server: StartServer,
) -> None:
    first, second = _clients(start_server)
    task_id = first.call("multi_input")["taskId"]
    asked = first.until(task_id, "input_required")["inputRequests"]
    name = {"action": "accept", "content": {"name": "Ada"}}
    updates = [
        (client, key) for _ in range(3) for client in (first, second) for key in sorted(asked)
    ]
    with ThreadPoolExecutor(len(updates)) as pool:
        taken = [pool.submit(client.update, task_id, **{key: name}) for client, key in updates]
    assert {answer.result()["resultType"] for answer in taken} == {"complete"}
    done = second.until(task_id)
    assert done["status"] == "completed"
    assert done["result"]["content"][0]["text"] == "Both questions are answered."


def test_a_call_whose_server_was_killed_has_failed_and_says_so(start_server: StartServer) -> None:
    first = start_server(lease_seconds=1, node="east")
    second = start_server()
    first.wait()
    task_id = TasksClient(first.url).call("slow_compute", seconds=600)["taskId"]
    first.process.kill()
    first.process.wait()
    second.wait()
    failed = TasksClient(second.url).until(task_id)
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == INTERNAL_ERROR
    assert f"east:{first.process.pid}" in failed["error"]["message"]
    assert failed["statusMessage"] == failed["error"]["message"]
    assert "result" not in failed


def test_a_call_whose_server_is_stopped_fails_at_once(start_server: StartServer) -> None:
    first = start_server(lease_seconds=600)
    second = start_server()
    first.wait()
    task_id = TasksClient(first.url).call("slow_compute", seconds=600)["taskId"]
    first.stop()
    second.wait()
    failed = TasksClient(second.url).get(task_id)
    assert failed["status"] == "failed"
    assert "was stopped" in failed["error"]["message"]


def test_a_call_is_kept_alive_beyond_its_lease_and_cancelled_from_another_server(
    start_server: StartServer,
) -> None:
    first, second = _clients(start_server, lease_seconds=0.6)
    begun = first.call("slow_compute", seconds=600)["taskId"]
    ended = first.call("slow_compute", seconds=2)["taskId"]
    assert second.until(ended)["status"] == "completed"
    assert second.get(begun)["status"] == "working"
    second.cancel(begun)
    assert first.get(begun)["status"] == "cancelled"
    first.cancel(begun)
    assert first.get(begun)["status"] == "cancelled"


def test_a_client_that_cannot_answer_is_not_asked(start_server: StartServer) -> None:
    server = start_server()
    server.wait()
    client = TasksClient(server.url, elicits=False)
    failed = client.until(client.call("confirm_delete", filename="a.py")["taskId"])
    assert failed["status"] == "failed"
    assert failed["error"]["code"] == MISSING_CAPABILITY
    assert failed["error"]["data"] == {"requiredCapabilities": {"elicitation": {}}}


def test_a_wrong_argument_is_the_result_that_the_plain_call_has(start_server: StartServer) -> None:
    server = start_server()
    server.wait()
    client = TasksClient(server.url)
    task = client.until(client.call("slow_compute", seconds="for ever")["taskId"])
    plain = TasksClient(server.url, declares=False).call("slow_compute", seconds="for ever")
    assert task["status"] == "completed"
    assert task["result"]["isError"]
    assert task["result"]["content"] == plain["content"]
