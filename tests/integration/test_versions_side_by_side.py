"""Old and new versions on one broker and one database: each does what it knows, and no more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fixtures.hosts import MakeHost
from fixtures.waiting import wait_until
from sqlalchemy import select, text, update

from pipeline_mcp.broker import application
from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import migrate, sessions
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import session, stage
from pipeline_mcp.domain.finding import Finding, Severity, finding_from_dict, finding_to_dict
from pipeline_mcp.domain.session import (
    SCHEMA_VERSION,
    SessionRequest,
    SessionStatus,
    request_from_dict,
    request_to_dict,
)
from pipeline_mcp.sessions.cancel import cancel
from pipeline_mcp.sessions.follow import view, wait
from pipeline_mcp.sessions.reconcile import reconcile
from pipeline_mcp.sessions.recover import recover
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.submit import submit

# A worker of the future: it knows one task more.
_NEWER = """
from tasks import app

@app.task(name="tasks.lint.of_the_future")
def lint(path):
    open(path, "w").close()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text('"""Not fine."""\n\nimport os\n')
    return root


def request_for(path: Path) -> SessionRequest:
    return SessionRequest(str(path), settings().node, tools=("ruff",))


def with_extra_keys(value: Any) -> Any:
    """The same document with a key more in every mapping."""
    if isinstance(value, dict):
        return {key: with_extra_keys(each) for key, each in value.items()} | {"from_later": [1]}
    return [with_extra_keys(each) for each in value] if isinstance(value, list | tuple) else value


def test_keys_that_a_request_does_not_have_are_left_out() -> None:
    request = SessionRequest("/w", "here", fail_on=(Severity.ERROR,))
    assert request_from_dict({**request_to_dict(request), "from_later": 1}) == request


def test_keys_that_a_finding_does_not_have_are_left_out() -> None:
    edits = [{"line": 1, "column": 1, "end_line": 1, "end_column": 2, "text": "x"}]
    finding = Finding("ruff", "F401", Severity.ERROR, "unused", "a.py")
    document = finding_to_dict(finding) | {"edits": edits}
    plain = finding_from_dict(document)
    assert len(plain.edits) == 1
    assert finding_from_dict(with_extra_keys(document)) == plain


def make_newer(session_id: str) -> None:
    """As if a version had accepted it that this one does not know."""
    with transaction() as connection:
        query = select(session.c.request).where(session.c.id == session_id)
        request = connection.execute(query).scalar_one()
        connection.execute(
            update(session)
            .where(session.c.id == session_id)
            .values(schema_version=SCHEMA_VERSION + 1, request=with_extra_keys(request))
        )


def make_ours(session_id: str) -> None:
    with transaction() as connection:
        connection.execute(
            update(session).where(session.c.id == session_id).values(schema_version=SCHEMA_VERSION)
        )


def stages_of(session_id: str) -> list[str]:
    with reading() as connection:
        return list(
            connection.scalars(select(stage.c.name).where(stage.c.session_id == session_id))
        )


def test_a_worker_leaves_a_newer_session_to_others_and_goes_on_with_its_own(
    make_host: MakeHost, workspace: Path
) -> None:
    newer = submit(request_for(workspace))
    make_newer(newer)
    host = make_host("east", reconcile_seconds=0.1, lease_seconds=0.1)
    worker = host.worker()
    worker.wait()
    assert wait(submit(request_for(workspace)), timeout=30).status is SessionStatus.FAILED
    wait_until(
        lambda: "newer version" in worker.log.read_text(), message="it has met the newer one"
    )
    assert (view(newer).status, stages_of(newer)) == (SessionStatus.QUEUED, [])
    assert host.command("status", newer).exit_code == 0
    assert recover() == []
    make_ours(newer)  # a worker of the newer version comes
    assert wait(newer, timeout=30).status is SessionStatus.FAILED


@pytest.mark.usefixtures("database")
def test_a_newer_session_is_shown_and_can_be_cancelled(workspace: Path) -> None:
    with transaction() as connection:
        sessions.insert(connection, "pipeline-1-00000000", request_for(workspace))
    make_newer("pipeline-1-00000000")
    assert reconcile().is_nothing
    assert report("pipeline-1-00000000").status is SessionStatus.QUEUED
    assert cancel("pipeline-1-00000000").status is SessionStatus.CANCELLED


@pytest.mark.usefixtures("database")
def test_a_newer_database_is_used_as_it_is() -> None:
    with transaction() as connection:
        connection.execute(text("ALTER TABLE session ADD COLUMN from_later INTEGER DEFAULT 1"))
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    migrate.ensure_current()
    assert migrate.upgrade() == "9999"
    assert migrate.current() == "9999"
    with transaction() as connection:
        sessions.insert(connection, "pipeline-1-00000000", SessionRequest("/w", "here"))
        assert sessions.view(connection, "pipeline-1-00000000").status is SessionStatus.QUEUED


@pytest.fixture
def newer_worker(state_dir: Path, external_services: None) -> Iterator[list[str]]:
    (state_dir / "newer.py").write_text(_NEWER)
    yield [sys.executable, "-m", "celery", "-A", "newer", "worker", "--without-mingle"]


def test_a_task_that_a_worker_does_not_know_waits_for_one_that_does(
    make_host: MakeHost, newer_worker: list[str], state_dir: Path, workspace: Path
) -> None:
    done = state_dir / "done"
    old = make_host("east").worker("worker", "--concurrency", "1")
    old.wait()
    application().send_task("tasks.lint.of_the_future", (str(done),), queue="lint")
    wait_until(lambda: "left to newer" in old.log.read_text(), message="the old worker has met it")
    assert wait(submit(request_for(workspace)), timeout=30).status is SessionStatus.FAILED
    with subprocess.Popen(newer_worker, cwd=state_dir) as process:
        try:
            wait_until(done.exists, timeout=60, message="the newer worker does it")
        finally:
            process.terminate()
