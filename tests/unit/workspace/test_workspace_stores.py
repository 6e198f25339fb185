from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from pipeline_mcp.config.settings import load_settings
from pipeline_mcp.db.compression import compress
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import blob
from pipeline_mcp.errors import BlobMissingError, ServiceError
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.database_store import DatabaseBlobStore
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.stores import blob_store


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, make_database: Callable[[str], str]) -> str:
    return make_database(request.param)


@pytest.fixture(params=["local", "sqlite", "postgres"])
def any_store(
    request: pytest.FixtureRequest, make_database: Callable[[str], str], tmp_path: Path
) -> BlobStore:
    if request.param == "local":
        return LocalBlobStore(tmp_path / "blobs")
    return DatabaseBlobStore(make_database(request.param))


@pytest.mark.parametrize("content", [b"", b"x", b"x = 1\r\n" * 1000, bytes(range(256)) * 5000])
def test_what_is_put_is_got(any_store: BlobStore, content: bytes) -> None:
    sha256 = _hash(content)
    assert any_store.missing([sha256]) == {sha256}
    any_store.put(sha256, content)
    assert any_store.missing([sha256]) == set()
    assert any_store.get(sha256) == content
    any_store.put(sha256, content)
    assert any_store.get(sha256) == content


def test_many_are_put_and_got_at_once(any_store: BlobStore) -> None:
    contents = {_hash(content): content for content in map(str.encode, map(str, range(2000)))}
    some = dict(list(contents.items())[:1500])
    any_store.put_many(some)
    any_store.put_many({})
    assert any_store.missing(iter(contents)) == contents.keys() - some.keys()
    assert any_store.get_many(iter(some)) == some
    assert any_store.get_many([]) == {}
    with pytest.raises(BlobMissingError):
        any_store.get_many(contents)


def test_what_is_not_there_is_missing(any_store: BlobStore) -> None:
    with pytest.raises(BlobMissingError) as caught:
        any_store.get(_hash(b"nothing"))
    assert caught.value.sha256 == _hash(b"nothing")


def test_several_threads_put_the_same_blobs(any_store: BlobStore) -> None:
    contents = {_hash(content): content for content in (os.urandom(2000) for _ in range(200))}
    backwards = dict(reversed(contents.items()))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(any_store.put_many, [contents, backwards] * 4))
    assert any_store.get_many(contents) == contents


@pytest.mark.parametrize("damage", [b"", b"nonsense", compress(b"something else"), None])
def test_a_damaged_file_is_missing_and_makes_room(tmp_path: Path, damage: bytes | None) -> None:
    store = LocalBlobStore(tmp_path)
    content = b"x = 1\n" * 100
    store.put(_hash(content), content)
    (file,) = tmp_path.glob("??/*")
    file.write_bytes(file.read_bytes()[:-4] if damage is None else damage)
    with pytest.raises(BlobMissingError):
        store.get(_hash(content))
    assert store.missing([_hash(content)]) == {_hash(content)}
    store.put(_hash(content), content)
    assert store.get(_hash(content)) == content


@pytest.mark.parametrize("damage", [b"", b"nonsense", compress(b"something else")])
def test_a_damaged_row_is_missing_and_makes_room(database: str, damage: bytes) -> None:
    store = DatabaseBlobStore(database)
    store.put(_hash(b"x"), b"x")
    with transaction(database) as connection:
        connection.execute(update(blob).values(data=damage))
    with pytest.raises(BlobMissingError):
        store.get(_hash(b"x"))
    store.put(_hash(b"x"), b"x")
    assert store.get(_hash(b"x")) == b"x"


def test_a_row_says_the_size_of_the_content_and_when_it_came(database: str) -> None:
    DatabaseBlobStore(database).put(_hash(b"x" * 5000), b"x" * 5000)
    with reading(database) as connection:
        row = connection.execute(select(blob)).one()
        assert row.size == 5000
        assert len(row.data) < 100
        assert row.created_at > 1_700_000_000
        assert connection.scalar(select(func.count()).select_from(blob)) == 1


@pytest.mark.parametrize("sha256", ["../../etc/passwd", "", "A" * 64, "a" * 63])
def test_what_is_no_hash_never_becomes_a_path(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(BlobMissingError):
        LocalBlobStore(tmp_path).get(sha256)
    with pytest.raises(BlobMissingError):
        LocalBlobStore(tmp_path).put(sha256, b"x")
    assert list(tmp_path.iterdir()) == []


def test_the_store_is_closed_to_other_users_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    LocalBlobStore(tmp_path / "blobs").put(_hash(b"x"), b"x")
    assert (tmp_path / "blobs").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.glob("blobs/??/*")] == [_hash(b"x")[2:]]


def test_a_read_only_state_directory_is_one_clear_sentence(unprivileged: Path) -> None:
    unprivileged.chmod(0o500)
    with pytest.raises(ServiceError, match=r"state directory: .* permission denied") as caught:
        LocalBlobStore(unprivileged / "blobs").put(_hash(b"x"), b"x")
    assert "PIPELINE_STATE_DIR" in (caught.value.next_step or "")


def test_an_unreachable_database_is_a_service_error(state_dir: Path) -> None:
    store = DatabaseBlobStore(f"sqlite:///{state_dir / 'nowhere' / 'test.db'}")
    with pytest.raises(ServiceError, match="database"):
        store.missing([_hash(b"x")])


@pytest.mark.parametrize(
    ("environment", "kind"),
    [
        ({}, LocalBlobStore),
        ({"PIPELINE_DATABASE_URL": "postgresql://host/name"}, DatabaseBlobStore),
        ({"PIPELINE_BLOB_STORE": "database"}, DatabaseBlobStore),
        (
            {"PIPELINE_DATABASE_URL": "postgresql://host/name", "PIPELINE_BLOB_STORE": "local"},
            LocalBlobStore,
        ),
    ],
)
def test_the_settings_pick_the_store(
    clean_environment: pytest.MonkeyPatch, environment: dict[str, str], kind: type
) -> None:
    for name, value in environment.items():
        clean_environment.setenv(name, value)
    assert isinstance(blob_store(load_settings()), kind)
