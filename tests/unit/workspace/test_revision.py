"""A commit's tree as a snapshot: exactly its files, with nothing checked out and nothing run."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.git import RepositoryFactory

from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.revision import find_base, renames_since, take_tree
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot

LIMITS = SnapshotLimits(max_files=100, max_file_bytes=1000)
FILES: dict[str, str | bytes] = {
    "a.py": "x = 1\n",
    "größe/b c.py": b"\xff\r\n",
    "empty": "",
    "large": "x" * 1001,
    "vendor/c.py": "y = 1\n",
}


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path / "blobs")


def test_it_is_the_snapshot_that_a_checkout_would_give(
    git_repository: RepositoryFactory, store: LocalBlobStore
) -> None:
    repository = git_repository(FILES)
    (repository.path / "link").symlink_to("a.py")
    repository.write("run.sh", "true\n").chmod(0o755)
    commit = repository.commit("All kinds of files")
    before = take_snapshot(repository.path, store, limits=LIMITS, exclude=("vendor",))
    repository.write("a.py", "changed\n")
    tree = take_tree(repository.path, commit, store, limits=LIMITS, exclude=("vendor",))
    assert (tree.id, tree.rows) == (before.id, before.rows)
    assert {one.path for one in tree.skipped} == {"large", "link"}
    assert all(store.get(row.sha256) is not None for row in tree.rows)
    below = take_tree(repository.path / "größe", commit, store, limits=LIMITS)
    assert [row.path for row in below.rows] == ["b c.py"]


def test_too_many_files_are_refused(
    git_repository: RepositoryFactory, store: LocalBlobStore
) -> None:
    repository = git_repository(FILES)
    with pytest.raises(WorkspaceError, match="more than 1 files"):
        take_tree(repository.path, "HEAD", store, limits=SnapshotLimits(1, 1000))


def test_nothing_of_a_hostile_repository_runs(
    git_repository: RepositoryFactory, store: LocalBlobStore, tmp_path: Path
) -> None:
    repository = git_repository({"a.py": "x = 1\n" * 20, ".gitattributes": "* filter=f diff=f\n"})
    trace = tmp_path / "ran"
    for key in ("filter.f.clean", "filter.f.smudge", "diff.f.textconv", "diff.external"):
        repository.git("config", key, f"sh -c 'touch {trace}; cat'")
    repository.git("-c", "filter.f.clean=cat", "-c", "filter.f.smudge=cat", "mv", "a.py", "b.py")
    repository.write("b.py", "x = 1\n" * 21)
    trace.unlink(missing_ok=True)
    base = find_base(repository.path, "main")
    assert renames_since(repository.path, base.commit) == {"a.py": "b.py"}
    assert len(take_tree(repository.path, base.commit, store, limits=LIMITS).rows) == 2
    assert not trace.exists()


def test_the_base_is_where_the_change_parts(git_repository: RepositoryFactory) -> None:
    repository = git_repository({"a.py": "x = 1\n"})
    parted = repository.git("rev-parse", "HEAD").strip()
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit("Change")
    repository.git("checkout", "--quiet", "main")
    repository.commit("Go on")
    assert find_base(repository.path, "change").commit == parted
    repository.git("checkout", "--quiet", "--orphan", "alone")
    alone = repository.commit("Nothing in common")
    assert find_base(repository.path, "alone").commit == alone
    assert find_base(repository.path, "main").commit != parted
