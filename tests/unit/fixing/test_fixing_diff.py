"""`git apply` makes of the old files exactly the new ones."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from pipeline_mcp.fixing.diff import git_diff
from pipeline_mcp.fixing.guards import Change

lines = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"c\r\n", b"\r", b"\x0c\n", b"d"]))
contents = lines.map(b"".join)


def applied(directory: Path, change: Change, mode: int = 0o644) -> bytes:
    """What `git apply` makes of the change's old content."""
    file = directory / change.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(change.old)
    file.chmod(mode)
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=directory,
        input=git_diff([(change, mode)]).encode(),
        check=True,
        capture_output=True,
    )
    assert file.stat().st_mode & 0o777 == mode
    return file.read_bytes()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a\nb\n", b"a\nc\n"),
        (b"a", b"b"),
        (b"a", b"a\n"),
        (b"a\n", b"a"),
        (b"a\n", b""),
        (b"", b"a\n"),
        (b"a \r\nb\r\n", b"a\r\nb\r\n"),
        (b"\xef\xbb\xbfa \n", b"\xef\xbb\xbfa\n"),
        (b"# \xe9t\xe9 \n", b"# \xe9t\xe9\n"),
        (b"a\0b\n", b"a\0c\n"),
        (b"".join(b"%d\n" % n for n in range(5000)), b"".join(b"%d\n" % n for n in range(9, 4999))),
        ("\u2028 \x85 ü \n".encode(), "\u2028 \x85 ü\n".encode()),
        (b"a\rb \rc\n", b"a\rb\rc\n"),
    ],
)
def test_it_applies(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert applied(tmp_path, Change("a.txt", old, new)) == new


@pytest.mark.parametrize(
    "name", ["a b.txt", "ü/é.py", 'quo"te', "tab\tname", "back\\slash", "new\nline", "-a", "b/a/b"]
)
def test_names_are_quoted_as_git_does(tmp_path: Path, name: str) -> None:
    assert applied(tmp_path, Change(name, b"a\n", b"b\n"), 0o755) == b"b\n"


@examples(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(contents, contents)
def test_any_change_applies(tmp_path: Path, old: bytes, new: bytes) -> None:
    if old != new:
        assert applied(tmp_path, Change("a.txt", old, new)) == new


def test_it_is_text_without_a_byte_of_another_encoding() -> None:
    diff = git_diff([(Change("a.txt", b"\xe9\n", b"\xe8\n"), 0o644)])
    assert "GIT binary patch" in diff
    assert diff.isascii()
