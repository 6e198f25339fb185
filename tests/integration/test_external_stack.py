"""The pipeline on a real Redis and a real Postgres, with workers that were started by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.stack import Pipeline, StartWorker
from fixtures.waiting import wait_until
from sqlalchemy import select

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import unit
from pipeline_mcp.domain.session import SessionRequest, SessionStatus
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import wait
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.submit import submit

pytestmark = pytest.mark.usefixtures("external_services")

TOOLS = ("ruff", "flake8", "bandit")


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    """Sixty files, every third of them with an unused import."""
    unused = {f"pkg/used_{n}.py": '"""Fine."""\n' for n in range(40)}
    fine = {f"pkg/unused_{n}.py": '"""Not fine."""\n\nimport os\n' for n in range(20)}
    return git_repository(unused | fine)


def request_for(path: Path, **options: object) -> SessionRequest:
    return SessionRequest(str(path), settings().node, tools=TOOLS, **options)  # type: ignore[arg-type]


def owners(session_id: str) -> set[str]:
    """The processes that ran the session's units, as `node:pid`."""
    with reading() as connection:
        rows = connection.execute(select(unit.c.owner).where(unit.c.session_id == session_id))
        return {owner.rpartition(":")[0] for owner in rows.scalars() if owner}


def test_several_workers_share_one_session(
    repository: GitRepository, start_worker: StartWorker
) -> None:
    running = [start_worker(name, "--concurrency", "1") for name in ("one", "two", "three")]
    session_id = submit(request_for(repository.path))
    assert wait(session_id, timeout=60).status is SessionStatus.FAILED
    found = report(session_id)
    assert {tool.outcome for tool in found.tools} == {"ok"}
    assert sorted(one.path for one in found.findings if one.tool == "ruff") == sorted(
        f"pkg/unused_{n}.py" for n in range(20)
    )
    ran = {int(owner.rpartition(":")[2]) for owner in owners(session_id)}
    assert len(ran) > 1
    assert ran <= {worker.process.pid for worker in running}


def test_a_session_waits_for_the_first_worker(
    repository: GitRepository, start_worker: StartWorker
) -> None:
    session_id = submit(request_for(repository.path))
    assert wait(session_id, timeout=0.3).status is SessionStatus.QUEUED
    start_worker("late")
    assert wait(session_id, timeout=60).status is SessionStatus.FAILED


def test_a_cancelled_session_is_not_begun(
    repository: GitRepository, start_worker: StartWorker
) -> None:
    session_id = submit(request_for(repository.path))
    cancel(session_id)
    start_worker("one")
    other = submit(request_for(repository.path))
    assert wait(other, timeout=60).status is SessionStatus.FAILED
    assert wait(session_id, timeout=0).status is SessionStatus.CANCELLED
    assert owners(session_id) == set()


def test_the_command_uses_the_workers_that_are_there(
    repository: GitRepository, start_worker: StartWorker, pipeline: Pipeline, state_dir: Path
) -> None:
    worker = start_worker("one")
    answer = pipeline("run", repository.path, "--tools", "ruff", "--format", "json")
    assert answer.exit_code == 1, answer.stderr
    assert answer.json["summary"]["by_tool"] == {"ruff": 20}
    assert {owner.rpartition(":")[2] for owner in owners(answer.json["session_id"])} == {
        str(worker.process.pid)
    }
    assert not (state_dir / "pipeline.db").exists()


def test_the_command_brings_a_worker_where_there_is_none(
    repository: GitRepository, pipeline: Pipeline
) -> None:
    answer = pipeline("run", repository.path, "--tools", "ruff", "--format", "json")
    assert answer.exit_code == 1, answer.stderr
    assert answer.json["status"] == "failed"


def test_a_detached_session_is_followed_by_another_command(
    repository: GitRepository, start_worker: StartWorker, pipeline: Pipeline
) -> None:
    start_worker("one")
    handle = pipeline("run", repository.path, "--tools", "ruff", "--detach", "--format", "json")
    assert handle.exit_code == 0, handle.stderr
    session_id = handle.json["session_id"]

    def is_over() -> bool:
        status = pipeline("status", session_id, "--format", "json").json
        return bool(status["status"] not in ("queued", "running"))

    wait_until(is_over, timeout=60, message="the detached session ends")
    assert pipeline("status", session_id, "--format", "json").json["status"] == "failed"
