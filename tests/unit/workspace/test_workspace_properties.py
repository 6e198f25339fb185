from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_mcp.domain.snapshot import ManifestRow, make_snapshot
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import materialise
from pipeline_mcp.workspace.snapshot import SnapshotLimits, take_snapshot
from pipeline_mcp.workspace.walk import JUNK

_SPECIAL = {".", "..", ".gitignore", ".gitattributes", "pyvenv.cfg"} | JUNK

names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=30
).filter(lambda name: name not in _SPECIAL and name.lower() != ".git")
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
files = st.tuples(st.binary(max_size=300), st.sampled_from([0o644, 0o755]))


def _without_conflicts(tree: dict[str, tuple[bytes, int]]) -> dict[str, tuple[bytes, int]]:
    """No path may be another's directory."""
    above = {str(parent) for path in tree for parent in PurePosixPath(path).parents}
    return {path: file for path, file in tree.items() if path not in above}


trees = st.dictionaries(paths, files, max_size=8).map(_without_conflicts)


def _write(root: Path, tree: dict[str, tuple[bytes, int]]) -> None:
    for path, (content, mode) in tree.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        (root / path).chmod(mode)


def _read(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode & 0o7777)
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("with_git", [False, True])
@settings(max_examples=60, deadline=None)
@given(tree=trees)
def test_a_tree_comes_back_as_it_was(with_git: bool, tree: dict[str, tuple[bytes, int]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made).resolve()
        workspace, again = root / "workspace", root / "again"
        workspace.mkdir()
        _write(workspace, tree)
        if with_git:
            subprocess.run(["git", "init", "--quiet", workspace], check=True)
        store = LocalBlobStore(root / "blobs")
        limits = SnapshotLimits(100, 1000)
        snapshot = take_snapshot(workspace, store, limits=limits)
        assert snapshot.skipped == ()
        materialise(snapshot.rows, store, again)
        assert _read(again) == tree
        assert take_snapshot(again, store, limits=limits) == snapshot


rows = st.builds(
    ManifestRow,
    path=paths,
    mode=st.sampled_from([0o644, 0o755]),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    size=st.integers(0, 2**40),
)


@settings(deadline=None)
@given(st.lists(rows, unique_by=lambda row: row.path), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    some: list[ManifestRow], chance: random.Random
) -> None:
    mixed = list(some)
    chance.shuffle(mixed)
    assert make_snapshot(mixed) == make_snapshot(some)


@settings(deadline=None)
@given(st.lists(rows, min_size=1, unique_by=lambda row: row.path), st.data())
def test_every_part_of_a_row_counts(some: list[ManifestRow], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(some) - 1))
    other = data.draw(rows.filter(lambda row: row != some[at]))
    changed = [*some[:at], other, *some[at + 1 :]]
    assert make_snapshot(changed).id != make_snapshot(some).id
