"""The stack that Compose starts: real services, and a real client at the published port."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from compose_stack import Stack, call, lay_out, repository
from conftest import NEW
from engine import Engine
from fixtures.waiting import eventually, wait_until

pytestmark = [pytest.mark.timeout(900), pytest.mark.anyio]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    return stack.token("tester")


async def test_an_agent_finds_fixes_applies_and_undoes(
    stack: Stack, token: str, demo: dict[str, str]
) -> None:
    workspace = repository(stack, "fixes", lambda: demo)
    file = stack.workspaces / "fixes/shop/cart.py"
    async with stack.client(token) as client:
        ran = await call(client, "pipeline_run_full", workspace=workspace, wait_seconds=80)
        assert ran["results"]["status"] == "passed", ran
        assert ran["results"]["summary"]["fixed"] > 0
        session = ran["session_id"]
        await call(client, "session_apply", session_id=session)
        assert file.read_text() == "x = 1\n"
        await call(client, "session_undo", session_id=session)
        assert file.read_text() == demo["shop/cart.py"]


async def test_all_containers_are_well_and_say_so(stack: Stack) -> None:
    checked = stack.script("health-check.sh")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert stack.flower("/api/workers").status_code == 401
    login = (stack.directory / "docker/secrets/flower_login").read_text().split(":")
    assert stack.flower("/", auth=(login[0], login[1])).status_code == 200


async def test_containers_have_no_rights_to_spare(stack: Stack) -> None:
    for service in ("mcp-server", "worker", "flower", "postgres", "redis", "proxy"):
        (container, *_) = stack.containers(service)
        facts = json.loads(stack.engine.docker("inspect", container))[0]
        assert facts["HostConfig"]["ReadonlyRootfs"], service
        assert facts["HostConfig"]["CapDrop"] == ["ALL"], service
        assert facts["Config"]["User"] not in ("", "0", "root"), service
        assert "no-new-privileges:true" in facts["HostConfig"]["SecurityOpt"], service
        published = [
            each for ports in facts["NetworkSettings"]["Ports"].values() for each in ports or ()
        ]
        assert all(each["HostIp"] == "127.0.0.1" for each in published), service


async def test_no_secret_is_in_an_image_or_in_an_environment(stack: Stack) -> None:
    secrets = {
        file.read_text().strip() for file in (stack.directory / "docker/secrets").glob("*.password")
    }
    said = [
        stack.engine.docker("inspect", *stack.containers(service))
        for service in ("mcp-server", "worker", "flower", "postgres", "redis")
    ]
    said += [
        stack.engine.docker("history", "--no-trunc", f"pipeline-mcp/{image}:old")
        for image in ("mcp-server", "pipeline")
    ]
    said.append(stack.compose("logs", "--no-color"))
    assert not [each for each in secrets for text in said if each in text]


async def test_a_role_of_the_broker_has_no_right_to_change_the_server(stack: Stack) -> None:
    (worker, *_) = stack.containers("worker")
    script = (
        "from redis import Redis; from pipeline_mcp.config.settings import settings\n"
        "client = Redis.from_url(settings().broker)\n"
        "client.ping()\n"
        "try: client.flushall()\n"
        "except Exception as error: print(error)\n"
    )
    said = stack.engine.docker("exec", worker, "python", "-c", script)
    assert "no permissions" in said


async def test_a_session_outlives_the_worker_that_works_on_it(
    stack: Stack, token: str, demo: dict[str, str]
) -> None:
    workspace = repository(stack, "killed", lambda: demo)
    stack.up(worker=2)
    async with stack.client(token) as client:
        ran = await call(client, "version_keeper_scan", workspace=workspace)
        session = ran["session_id"]
        for container in stack.containers("worker"):
            stack.engine.docker("kill", "--signal", "KILL", container)
        # The engine starts them again by itself only when it was not asked to end them.
        stack.compose("up", "--detach", "--scale", "worker=2", "worker")

        async def ended() -> str:
            said = await call(client, "pipeline_status", session_id=session, wait_seconds=40)
            return str(said["results"]["status"])

        with anyio.fail_after(300):
            while (status := await ended()) not in ("passed", "failed", "incomplete"):
                pass
    assert status == "failed", status
    stack.up(worker=1)


async def test_an_update_under_load_fails_no_call(
    stack: Stack, token: str, demo: dict[str, str]
) -> None:
    workspace = repository(stack, "update", lambda: demo)
    stack.up()
    calls: list[str] = []
    is_over = anyio.Event()

    async def load() -> None:
        async with stack.client(token) as client:
            while not is_over.is_set():
                await call(client, "pipeline_status")
                calls.append("pipeline_status")

    async with anyio.create_task_group() as group, stack.client(token) as client:
        group.start_soon(load)
        ran = await call(client, "version_keeper_scan", workspace=workspace)
        updated = await anyio.to_thread.run_sync(stack.script, "deploy.sh", NEW)
        seen = len(calls)
        await eventually(lambda: len(calls) > seen + 5, message="calls go on after the update")
        is_over.set()
        assert updated.returncode == 0, updated.stdout + updated.stderr
        status = await call(
            client, "pipeline_status", session_id=ran["session_id"], wait_seconds=45
        )
        assert status["results"]["status"] == "failed"
    for service in ("mcp-server", "worker"):
        image = stack.engine.docker(
            "inspect", "--format", "{{.Config.Image}}", *stack.containers(service)
        )
        assert image.split() == [
            f"pipeline-mcp/{'pipeline' if service == 'worker' else service}:new"
        ]


async def test_an_update_that_is_not_well_leaves_the_old_version(stack: Stack) -> None:
    broken = 'FROM pipeline-mcp/mcp-server:old\nENTRYPOINT ["sleep", "600"]\n'
    file = stack.directory / "Dockerfile.broken"
    file.write_text(broken)
    stack.engine.docker(
        "build", "-f", str(file), "-t", "pipeline-mcp/mcp-server:broken", str(stack.workspaces)
    )
    stack.engine.docker("tag", "pipeline-mcp/pipeline:old", "pipeline-mcp/pipeline:broken")
    before = stack.containers("mcp-server")
    updated = stack.script("deploy.sh", "broken", "--timeout", "20")
    assert updated.returncode == 1
    assert "did not become healthy" in updated.stderr
    assert stack.containers("mcp-server") == before
    assert stack.is_healthy("mcp-server")


async def test_a_backup_comes_back_in_a_fresh_stack(
    images: Engine, stack: Stack, token: str, demo: dict[str, str], scratch: Path
) -> None:
    workspace = repository(stack, "backup", lambda: demo)
    async with stack.client(token) as client:
        ran = await call(client, "version_keeper_scan", workspace=workspace, wait_seconds=80)
    backup = scratch / "backup.dump"
    saved = stack.script("backup.sh", str(backup))
    assert saved.returncode == 0, saved.stderr
    assert stack.script("backup.sh", str(backup)).returncode == 1
    other = lay_out(images, scratch / "other", "other")
    (other.directory / ".env").write_text("PIPELINE_VERSION=old\nFRONT_SUBNET=172.30.65.0/24\n")
    try:
        other.up()
        assert other.script("restore.sh", str(backup)).returncode == 1
        restored = other.script("restore.sh", str(backup), "--replace")
        assert restored.returncode == 0, restored.stdout + restored.stderr
        wait_until(lambda: other.is_healthy("mcp-server"), timeout=120)
        wait_until(lambda: other.is_healthy("proxy"), timeout=120)
        async with other.client(token) as client:
            said = await call(client, "session_findings", session_id=ran["session_id"])
        assert said["results"]["findings"] == ran["results"]["findings"]
    finally:
        other.down()


async def test_nothing_is_left_when_a_stack_goes(images: Engine, scratch: Path) -> None:
    gone = lay_out(images, scratch / "gone", "gone")
    (gone.directory / ".env").write_text("PIPELINE_VERSION=old\nFRONT_SUBNET=172.30.66.0/24\n")
    gone.up()
    gone.down()
    label = "label=com.docker.compose.project=gone"
    assert not images.docker("ps", "--all", "--quiet", "--filter", label)
    assert not images.docker("volume", "ls", "--quiet", "--filter", label)
    assert not images.docker("network", "ls", "--quiet", "--filter", label)
