from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from pipeline_mcp.db import manifests
from pipeline_mcp.db.compression import compress
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import manifest
from pipeline_mcp.domain.snapshot import ManifestRow, SkippedFile, make_snapshot
from pipeline_mcp.errors import SnapshotMissingError

SNAPSHOT = make_snapshot(
    [ManifestRow("é/new\nline.py", 0o755, "b" * 64, 7), ManifestRow("a.py", 0o644, "a" * 64, 5)],
    [SkippedFile("link", "it is a symbolic link")],
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, make_database: Callable[[str], str]) -> str:
    return make_database(request.param)


def test_a_snapshot_is_loaded_as_it_was_saved_without_the_skipped_files(database: str) -> None:
    with transaction(database) as connection:
        manifests.save(connection, SNAPSHOT)
    with reading(database) as connection:
        loaded = manifests.load(connection, SNAPSHOT.id)
        assert manifests.count(connection, SNAPSHOT.id) == 2
    assert (loaded.id, loaded.rows, loaded.skipped) == (SNAPSHOT.id, SNAPSHOT.rows, ())


def test_saving_again_changes_nothing(database: str) -> None:
    with transaction(database) as connection:
        manifests.save(connection, SNAPSHOT)
        before = connection.execute(select(manifest)).one()
        manifests.save(connection, SNAPSHOT)
        assert connection.execute(select(manifest)).one() == before
        assert connection.scalar(select(func.count()).select_from(manifest)) == 1
        assert (before.files, before.bytes) == (2, 12)


def test_an_empty_snapshot_is_a_snapshot(database: str) -> None:
    empty = make_snapshot([])
    with transaction(database) as connection:
        manifests.save(connection, empty)
        assert manifests.load(connection, empty.id) == empty


def test_an_unknown_snapshot_is_missing(database: str) -> None:
    with reading(database) as connection:
        assert manifests.count(connection, SNAPSHOT.id) == 0
        with pytest.raises(SnapshotMissingError, match=SNAPSHOT.id) as caught:
            manifests.load(connection, SNAPSHOT.id)
    assert caught.value.snapshot_id == SNAPSHOT.id


@pytest.mark.parametrize(
    "damage",
    [
        b"nonsense",
        compress(b"nonsense"),
        compress(b"[]"),
        compress(b'[["../a.py"]]'),
        compress(b'{"a": 1}'),
    ],
)
def test_a_damaged_manifest_is_missing(database: str, damage: bytes) -> None:
    with transaction(database) as connection:
        manifests.save(connection, SNAPSHOT)
        connection.execute(update(manifest).values(rows=damage))
        with pytest.raises(SnapshotMissingError):
            manifests.load(connection, SNAPSHOT.id)
