"""Blobs and manifests go when nobody needs them, and never under a snapshot that is being taken."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fixtures.state import read_settings_anew
from fixtures.waiting import wait_until
from sqlalchemy import text, update

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import clock, manifests, outbox, sessions
from pipeline_mcp.db.engine import engine, reading, transaction
from pipeline_mcp.db.tables import blob, manifest, session
from pipeline_mcp.domain.session import SessionRequest, SessionStatus, Stage
from pipeline_mcp.domain.snapshot import ManifestRow, make_snapshot
from pipeline_mcp.errors import SnapshotMissingError
from pipeline_mcp.scanning.capture import capture
from pipeline_mcp.sessions.garbage import remove_blobs
from pipeline_mcp.sessions.retention import prune
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.database_store import DatabaseBlobStore
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.stores import blob_store

pytestmark = [
    pytest.mark.usefixtures("database", "kind_of_store"),
    pytest.mark.parametrize(
        ("empty_database", "kind_of_store"),
        [("sqlite", "local"), ("sqlite", "database"), ("postgresql", "database")],
        indirect=True,
    ),
]

DAY = 24 * 3600


@pytest.fixture
def kind_of_store(
    request: pytest.FixtureRequest, database: str, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("PIPELINE_BLOB_STORE", request.param)
    read_settings_anew()
    return str(request.param)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "one.py").write_text("one\n")
    (root / "two.py").write_text("two\n")
    return root


def store() -> BlobStore:
    return blob_store(settings())


def sha256_of(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def accepted(workspace: Path, name: str) -> str:
    session_id = f"pipeline-1-{name}"
    with transaction() as connection:
        sessions.insert(connection, session_id, SessionRequest(str(workspace), "here"))
        outbox.wish(connection, session_id)
    return session_id


def age(days: float = 2) -> None:
    """All that is stored was stored, and wanted, so long ago."""
    then = clock.now() - days * DAY
    with transaction() as connection:
        connection.execute(update(blob).values(created_at=then, used_at=0))
        connection.execute(update(manifest).values(created_at=then, used_at=0))
    for file in (settings().state_dir / "blobs").glob("??/*"):
        os.utime(file, (time.time() - days * DAY,) * 2)


def expire(session_id: str) -> None:
    with transaction() as connection:
        sessions.finish(connection, session_id, SessionStatus.PASSED)
        then = clock.now() - 1000 * DAY
        connection.execute(
            update(session)
            .where(session.c.id == session_id)
            .values(updated_at=then, finished_at=then)
        )


def is_whole(snapshot_id: str | None) -> bool:
    """True if the snapshot's manifest and all of its blobs are there."""
    assert snapshot_id is not None
    with reading() as connection:
        snapshot = manifests.load(connection, snapshot_id)
    return not store().missing(row.sha256 for row in snapshot.rows)


def left(*contents: str) -> list[str]:
    missing = store().missing(map(sha256_of, contents))
    return [content for content in contents if sha256_of(content) not in missing]


def test_what_a_session_has_stays_however_old_it_is(workspace: Path) -> None:
    snapshot_id = capture(accepted(workspace, "00000000"))
    age(days=10_000)
    prune()
    assert is_whole(snapshot_id)


def test_a_snapshot_goes_with_its_last_session_and_its_blobs_with_the_snapshot(
    workspace: Path,
) -> None:
    first = accepted(workspace, "00000000")
    capture(first)
    (workspace / "two.py").write_text("three\n")
    kept = capture(accepted(workspace, "11111111"))
    age()
    expire(first)
    said = prune(dry_run=True)
    assert {one.kind: one.count for one in said} == {
        "sessions": 1,
        "audit": 0,
        "tasks": 0,
        "results": 0,
        "manifests": 1,
        "blobs": 1,
    }
    assert prune() == said
    assert left("one\n", "two\n", "three\n") == ["one\n", "three\n"]
    assert is_whole(kept)


def test_what_nobody_names_stays_for_a_day(workspace: Path) -> None:
    store().put(sha256_of("one\n"), b"one\n")
    age(days=0.9)
    assert not any(one.count for one in prune())
    assert left("one\n") == ["one\n"]
    age(days=1.1)
    prune()
    assert left("one\n") == []


def test_a_blob_that_a_snapshot_has_found_stays_until_its_manifest_is_there(
    workspace: Path,
) -> None:
    store().put_many({sha256_of(content): content.encode() for content in ("one\n", "two\n")})
    age()
    found = {sha256_of("one\n")}
    assert not store().missing(found)  # the snapshot need not store it
    prune()
    assert left("one\n", "two\n") == ["one\n"]


def test_a_snapshot_that_begins_while_garbage_is_collected_keeps_what_it_finds(
    workspace: Path, kind_of_store: str
) -> None:
    store().put_many({sha256_of(content): content.encode() for content in ("one\n", "two\n")})
    age()
    session_id = accepted(workspace, "00000000")

    def discard_late(inner: Callable[[Sequence[str]], tuple[int, int]], keys: Sequence[str]) -> int:
        """Both blobs have been found to be garbage; now a snapshot finds them too."""
        assert len(keys) == 2
        capture(session_id)
        return inner(keys)[0]

    class Local(LocalBlobStore):
        def discard(self, sha256s: Sequence[str]) -> tuple[int, int]:
            return discard_late(super().discard, sha256s), 0

    class Shared(DatabaseBlobStore):
        def discard(self, sha256s: Sequence[str]) -> tuple[int, int]:
            return discard_late(super().discard, sha256s), 0

    interrupted = Local(settings().state_dir / "blobs") if kind_of_store == "local" else Shared()
    assert remove_blobs(interrupted, but=(), dry_run=False).count == 0
    with reading() as connection:
        assert is_whole(sessions.get(connection, session_id)["snapshot_id"])


def test_a_snapshot_that_comes_after_the_collection_stores_anew(workspace: Path) -> None:
    first = accepted(workspace, "00000000")
    capture(first)
    age()
    expire(first)
    prune()
    assert is_whole(capture(accepted(workspace, "11111111")))


def test_a_known_manifest_that_a_session_takes_up_again_stays(workspace: Path) -> None:
    first = accepted(workspace, "00000000")
    snapshot_id = capture(first)
    age()
    expire(first)
    second = accepted(workspace, "11111111")
    assert capture(second) == snapshot_id
    prune()
    assert is_whole(snapshot_id)


def test_collecting_waits_for_a_session_that_is_just_taking_up_a_manifest() -> None:
    if engine().dialect.name == "sqlite":
        return  # one writer at a time: there is nothing in between
    snapshot = make_snapshot([ManifestRow("a.py", 0o644, sha256_of("one\n"), 4)])
    session_id = accepted(Path("/w"), "00000000")
    with transaction() as connection:
        manifests.save(connection, snapshot)
    age()
    with ThreadPoolExecutor(1) as pool:
        with transaction() as connection:
            manifests.save(connection, snapshot)
            collecting = pool.submit(prune)
            wait_until(somebody_waits_for_a_lock, message="the collection comes to the manifest")
            sessions.advance(connection, session_id, Stage.PLAN, snapshot_id=snapshot.id)
        assert not any(one.count for one in collecting.result(20))
    with reading() as connection:
        assert manifests.load(connection, snapshot.id) == snapshot


def test_a_session_waits_for_a_collection_and_writes_the_manifest_anew() -> None:
    if engine().dialect.name == "sqlite":
        return
    snapshot = make_snapshot([ManifestRow("a.py", 0o644, sha256_of("one\n"), 4)])
    with transaction() as connection:
        manifests.save(connection, snapshot)
    age()

    def save() -> None:
        with transaction() as connection:
            manifests.save(connection, snapshot)

    with ThreadPoolExecutor(1) as pool:
        with transaction() as connection:
            assert manifests.discard(connection, [snapshot.id])[0] == 1
            saving = pool.submit(save)
            wait_until(somebody_waits_for_a_lock, message="the session comes to the manifest")
        saving.result(20)
    with reading() as connection:
        assert manifests.load(connection, snapshot.id) == snapshot


def test_without_its_manifest_a_snapshot_is_said_to_be_missing(workspace: Path) -> None:
    first = accepted(workspace, "00000000")
    snapshot_id = capture(first)
    age()
    expire(first)
    prune()
    with reading() as connection, pytest.raises(SnapshotMissingError):
        manifests.load(connection, snapshot_id or "")


def somebody_waits_for_a_lock() -> bool:
    with reading() as connection:
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(connection.execute(waiting).scalar_one())
