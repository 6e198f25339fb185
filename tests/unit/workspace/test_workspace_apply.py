"""Patches that go into a workspace and out of it: compare-and-swap, links, all or nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline_mcp.domain.application import FileOutcome, FileState, Journal, JournalState
from pipeline_mcp.domain.patch import FileChange
from pipeline_mcp.errors import BlobMissingError
from pipeline_mcp.workspace import apply as applying
from pipeline_mcp.workspace.apply import Tree
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.local_store import LocalBlobStore

OLD, NEW = b"x = 1\n", b"x = 2\n"


@dataclass
class Bench:
    """A workspace, a store, and the journal that the last call left."""

    root: Path
    tree: Tree
    journal: Journal = field(default_factory=dict)
    intended: list[Journal] = field(default_factory=list)
    may_write: bool = True

    def change(self, path: str, old: bytes = OLD, new: bytes = NEW) -> FileChange:
        """The change of a file, both of whose contents are in the store."""
        hashes = [hashlib.sha256(content).hexdigest() for content in (old, new)]
        for sha256, content in zip(hashes, (old, new), strict=True):
            self.tree.store.put(sha256, content)
        return FileChange(path, 0o644, *hashes)

    def write(self, path: str, content: bytes = OLD) -> FileChange:
        """A file of the workspace, and its change."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return self.change(path, content)

    def intend(self, journal: Journal) -> bool:
        """Write the journal down; False once nothing may be written any more."""
        self.intended.append(journal)
        return self.may_write

    def apply(self, *changes: FileChange, all_or_nothing: bool = False) -> dict[str, FileState]:
        found, self.journal = applying.apply(
            self.tree,
            changes,
            self.journal,
            all_or_nothing=all_or_nothing,
            intend=self.intend,
        )
        return states(found)

    def undo(self, *changes: FileChange) -> dict[str, FileState]:
        found, self.journal = applying.undo(self.tree, changes, self.journal)
        return states(found)

    def contents(self) -> Mapping[str, bytes]:
        """Every plain file below the workspace."""
        return {
            file.relative_to(self.root).as_posix(): file.read_bytes()
            for file in self.root.rglob("*")
            if file.is_file()
        }


def states(found: list[FileOutcome]) -> dict[str, FileState]:
    return {file.path: file.state for file in found}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    root = tmp_path / "workspace"
    root.mkdir()
    store = LocalBlobStore(tmp_path / "blobs")
    with Directories(root) as directories:
        yield Bench(root, Tree(directories, store, "session", 1 << 20))


def test_a_patch_goes_in_and_out_byte_for_byte(bench: Bench) -> None:
    windows = b"a\r\nb"
    changes = [
        bench.write("a.py"),
        bench.change("deep/w.txt", windows, b"a\r\nc"),
    ]
    bench.write("deep/w.txt", windows)
    before = bench.contents()
    assert set(bench.apply(*changes).values()) == {FileState.APPLIED}
    assert bench.contents() == {"a.py": NEW, "deep/w.txt": b"a\r\nc"}
    assert set(bench.apply(*changes).values()) == {FileState.ALREADY}
    assert set(bench.undo(*changes).values()) == {FileState.UNDONE}
    assert bench.contents() == before
    assert bench.undo(*changes) == {}


def test_the_intent_is_written_before_the_first_file(bench: Bench) -> None:
    change = bench.write("a.py")
    seen: list[bytes] = []

    def intend(journal: Journal) -> bool:
        assert journal == {"a.py": JournalState.PENDING}
        seen.append((bench.root / "a.py").read_bytes())
        return True

    applying.apply(bench.tree, [change], {}, all_or_nothing=False, intend=intend)
    assert seen == [OLD]


def test_what_may_not_be_written_any_more_is_held_back(bench: Bench) -> None:
    bench.write("a.py", NEW)
    written, waiting = bench.change("a.py"), bench.write("b.py")
    bench.journal = {"a.py": JournalState.PENDING, "b.py": JournalState.PENDING}
    bench.may_write = False
    assert bench.apply(written, waiting) == {
        "a.py": FileState.APPLIED,
        "b.py": FileState.HELD_BACK,
    }
    assert bench.contents() == {"a.py": NEW, "b.py": OLD}
    assert bench.journal == {"a.py": JournalState.APPLIED}


def test_what_was_edited_meanwhile_is_left_alone(bench: Bench) -> None:
    edited, gone, plain = bench.write("edited.py"), bench.write("gone.py"), bench.write("plain.py")
    (bench.root / "edited.py").write_bytes(b"mine\n")
    (bench.root / "gone.py").unlink()
    assert bench.apply(edited, gone, plain) == {
        "edited.py": FileState.MOVED_ON,
        "gone.py": FileState.MOVED_ON,
        "plain.py": FileState.APPLIED,
    }
    assert bench.contents() == {"edited.py": b"mine\n", "plain.py": NEW}


def test_what_was_edited_since_stays_at_undo_and_can_be_undone_later(bench: Bench) -> None:
    change, other = bench.write("a.py"), bench.write("b.py")
    bench.apply(change, other)
    (bench.root / "a.py").write_bytes(b"mine\n")
    assert bench.undo(change, other) == {"a.py": FileState.MOVED_ON, "b.py": FileState.UNDONE}
    assert bench.contents() == {"a.py": b"mine\n", "b.py": OLD}
    (bench.root / "a.py").write_bytes(NEW)
    assert bench.undo(change, other) == {"a.py": FileState.UNDONE}
    assert bench.contents() == {"a.py": OLD, "b.py": OLD}


def test_what_the_user_wrote_himself_is_not_ours_to_undo(bench: Bench) -> None:
    change = bench.write("a.py")
    (bench.root / "a.py").write_bytes(NEW)
    assert bench.apply(change) == {"a.py": FileState.ALREADY}
    assert bench.undo(change) == {}
    assert bench.contents() == {"a.py": NEW}


def test_all_or_nothing_changes_nothing_if_one_cannot(bench: Bench) -> None:
    changes = [bench.write(name) for name in ("a.py", "b.py", "c.py")]
    (bench.root / "b.py").write_bytes(b"mine\n")
    assert bench.apply(*changes, all_or_nothing=True) == {
        "a.py": FileState.HELD_BACK,
        "b.py": FileState.MOVED_ON,
        "c.py": FileState.HELD_BACK,
    }
    assert bench.contents() == {"a.py": OLD, "b.py": b"mine\n", "c.py": OLD}
    assert bench.intended == []


def test_all_or_nothing_takes_back_what_it_wrote_before_one_failed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = [bench.write(name) for name in ("a.py", "b.py")]
    replace = os.replace

    def replace_and_edit(source: str, target: str, **options: int) -> None:
        replace(source, target, **options)
        if target == "a.py":
            (bench.root / "b.py").write_bytes(b"mine\n")

    monkeypatch.setattr(os, "replace", replace_and_edit)
    assert bench.apply(*changes, all_or_nothing=True) == {
        "a.py": FileState.HELD_BACK,
        "b.py": FileState.MOVED_ON,
    }
    assert bench.contents() == {"a.py": OLD, "b.py": b"mine\n"}
    assert bench.journal == {}


def test_who_saves_while_the_new_file_is_made_loses_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = bench.write("a.py")
    fsync = os.fsync

    def edit_and_sync(descriptor: int) -> None:
        (bench.root / "a.py").write_bytes(b"mine\n")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", edit_and_sync)
    assert bench.apply(change) == {"a.py": FileState.MOVED_ON}
    assert bench.contents() == {"a.py": b"mine\n"}


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o444])
def test_the_mode_stays(bench: Bench, mode: int) -> None:
    change = bench.write("a.sh")
    (bench.root / "a.sh").chmod(mode)
    for act in (bench.apply, bench.undo):
        act(change)
        assert (bench.root / "a.sh").stat().st_mode & 0o7777 == mode


def test_extended_attributes_stay(bench: Bench) -> None:
    change = bench.write("a.py")
    try:
        os.setxattr(bench.root / "a.py", "user.note", b"kept")
    except OSError:
        pytest.skip("the file system has no extended attributes")
    bench.apply(change)
    assert os.getxattr(bench.root / "a.py", "user.note") == b"kept"


def test_links_are_neither_followed_nor_replaced(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("a.py", "b.py"):
        (outside / name).write_bytes(OLD)
    (bench.root / "a.py").symlink_to(outside / "a.py")
    (bench.root / "deep").symlink_to(outside)
    os.link(bench.write("one.py") and bench.root / "one.py", bench.root / "two.py")
    os.mkfifo(bench.root / "pipe.py")
    paths = ("a.py", "deep/b.py", "one.py", "pipe.py")
    found = bench.apply(*map(bench.change, paths))
    assert found.pop("deep/b.py") in (FileState.REFUSED, FileState.MOVED_ON)
    assert set(found.values()) == {FileState.REFUSED}
    assert (bench.root / "a.py").is_symlink()
    assert (bench.root / "one.py").stat().st_nlink == 2
    assert {file.read_bytes() for file in outside.iterdir()} == {OLD}


@pytest.mark.parametrize(
    "path", ["../a.py", "/etc/hostname", ".git/config", "sub/.git/hooks/x", ".GIT/config", "a/../b"]
)
def test_paths_that_lead_out_or_into_git_are_refused(bench: Bench, path: str) -> None:
    (bench.root / ".git").mkdir()
    (bench.root / ".git" / "config").write_bytes(OLD)
    (bench.root.parent / "a.py").write_bytes(OLD)
    assert bench.apply(bench.change(path)) == {path: FileState.REFUSED}
    assert bench.undo(bench.change(path)) == {}
    assert (bench.root / ".git" / "config").read_bytes() == OLD
    assert (bench.root.parent / "a.py").read_bytes() == OLD


def test_nothing_is_written_if_a_content_is_missing(bench: Bench) -> None:
    here, lost = bench.write("a.py"), bench.write("b.py")
    lost = FileChange("b.py", 0o644, lost.old_sha256, "0" * 64)
    with pytest.raises(BlobMissingError):
        bench.apply(here, lost)
    assert bench.contents() == {"a.py": OLD, "b.py": OLD}
