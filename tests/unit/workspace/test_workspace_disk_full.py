"""A disk that is really full, and one that is really read-only: a small one in its own mount."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

_PRELUDE = """
import hashlib, os, sys
from pathlib import Path
from pipeline_mcp.domain.snapshot import ManifestRow, make_snapshot
from pipeline_mcp.errors import ServiceError
from pipeline_mcp.workspace.local_store import LocalBlobStore
from pipeline_mcp.workspace.materialise import Trees

root = Path(sys.argv[1])

def put(store):
    for _ in range(100):
        content = os.urandom(10_000)
        store.put(hashlib.sha256(content).hexdigest(), content)

def leftovers():
    return [path.name for path in root.rglob(".new-*")]
"""


def _run_on_a_small_disk(directory: Path, options: str, program: str) -> str:
    """What the program prints; its first argument is a disk of 256 KiB mounted for it alone."""
    script = f'mount -t tmpfs -o size=256k,{options} none "$1" && exec "$2" -c "$3" "$1"'
    source = _PRELUDE + textwrap.dedent(program)
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    probe = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", directory]
    try:
        subprocess.run(probe, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine lets no test mount a disk")
    done = subprocess.run(
        [*command, str(directory), sys.executable, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_full_disk_is_one_clear_sentence_and_leaves_nothing_behind(directory: Path) -> None:
    said = _run_on_a_small_disk(
        directory,
        "rw",
        """
        try:
            put(LocalBlobStore(root / "blobs"))
        except ServiceError as error:
            print(error.message, error.next_step, leftovers())
        """,
    )
    assert said.startswith("state directory: ")
    assert "no space left on device" in said
    assert "Make room" in said
    assert said.endswith("[]\n")


def test_a_tree_on_a_full_disk(directory: Path) -> None:
    said = _run_on_a_small_disk(
        directory,
        "rw",
        """
        content = b"x" * 1_000_000
        sha256 = hashlib.sha256(content).hexdigest()
        store = LocalBlobStore(root / "blobs")
        store.put(sha256, content)
        snapshot = make_snapshot([ManifestRow("a.py", 0o644, sha256, len(content))])
        try:
            with Trees(root / "trees", store).tree(snapshot):
                print("no error")
        except ServiceError as error:
            print(error.message, leftovers(), (root / "trees" / snapshot.id).exists())
        """,
    )
    assert "no space left on device" in said
    assert said.endswith("[] False\n")


def test_a_read_only_disk(directory: Path) -> None:
    said = _run_on_a_small_disk(
        directory,
        "ro",
        """
        try:
            put(LocalBlobStore(root / "blobs"))
        except ServiceError as error:
            print(error.message)
        """,
    )
    assert "read-only file system" in said
