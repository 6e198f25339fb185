"""Workspaces that a hostile or unlucky user gives: one sentence and the right exit code each."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fixtures.git import RepositoryFactory
from fixtures.requirements import require
from fixtures.stack import Answer
from fixtures.warm_stack import Command

UNUSED = "import os\n"


def refused(answer: Answer) -> str:
    """The sentence of a command that could do nothing, without the mark in front."""
    assert answer.exit_code == 2, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert answer.stderr.startswith("error: ")
    return answer.stderr.removeprefix("error: ").splitlines()[0]


def scanned(command: Command, workspace: Path, *options: str | Path) -> Any:
    """The report of a run that ended by itself."""
    answer = command("run", workspace, "--format", "json", "--quiet", *options)
    assert answer.exit_code in (0, 1), answer.stderr
    assert answer.stderr == ""
    return answer.json


def skipped(report: Any) -> dict[str, str]:
    return {one["path"]: one["reason"] for one in report["skipped_files"]}


def found(report: Any) -> set[tuple[str, str]]:
    return {(one["path"], one["rule"]) for one in report["findings"]}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text(UNUSED)
    return root


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "does not exist"),
        ("workspace/a.py", "is a file"),
        ("loop", "cannot be found: symlink loop"),
        ("bare.git", "is a bare git repository or a git directory"),
        ("\x1b[31mred\nname", "␛[31mred"),
        ("", "has an empty name"),
        ("n" * 300, "file name too long"),
    ],
    ids=["missing", "file", "loop", "bare", "control", "empty", "long"],
)
def test_a_path_that_is_no_workspace(
    warm: Command, workspace: Path, git_repository: RepositoryFactory, name: str, said: str
) -> None:
    (workspace.parent / "loop").symlink_to("loop")
    git_repository().git("init", "--quiet", "--bare", str(workspace.parent / "bare.git"))
    path = workspace.parent / name if name else ""
    assert said in refused(warm("run", path))


def test_a_path_whose_name_is_not_utf8(warm: Command, workspace: Path) -> None:
    odd = os.fsencode(workspace) + b"\xff"
    os.mkdir(odd)  # noqa: PTH102 - bytes
    assert "a path that is not UTF-8" in refused(warm("run", odd))


def test_a_workspace_outside_the_allowed_roots(warm: Command, workspace: Path) -> None:
    root = workspace.parent / "allowed"
    root.mkdir()
    (root / "way-out").symlink_to(workspace)
    command = warm.with_settings(PIPELINE_WORKSPACES=str(root))
    for path in (workspace, root / "way-out", root / ".." / "workspace"):
        assert "is outside the allowed roots" in refused(command("run", path))
    # Of what lies outside, not even its existence is told.
    assert "is outside the allowed roots" in refused(command("run", workspace / "missing"))


def test_nothing_to_check_passes_and_says_so(
    warm: Command, workspace: Path, git_repository: RepositoryFactory
) -> None:
    (workspace / "a.py").unlink()
    for empty in (workspace, git_repository().path):
        answer = warm("run", empty)
        assert answer.exit_code == 0
        assert "nothing was checked" in answer.stdout


def test_a_repository_without_a_commit_is_checked(
    warm: Command, git_repository: RepositoryFactory
) -> None:
    repository = git_repository()
    repository.write("a.py", UNUSED)
    repository.write("ignored.py", UNUSED)
    repository.write(".gitignore", "ignored.py\n")
    assert found(scanned(warm, repository.path, "--tools", "ruff")) == {("a.py", "F401")}


def test_what_is_no_file_of_the_workspace_is_skipped_and_said(
    warm: Command, workspace: Path
) -> None:
    os.mkfifo(workspace / "pipe.py")
    with socket.socket(socket.AF_UNIX) as listener, _inside(workspace):
        listener.bind("socket.py")
    (workspace / "self.py").symlink_to("self.py")
    (workspace / "up").symlink_to("..")
    (workspace / "out.py").symlink_to("/etc/passwd")
    (workspace / "dangling.py").symlink_to("missing.py")
    with (workspace / "big.py").open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    report = scanned(warm, workspace, "--tools", "ruff,codespell")
    link = "it is a symbolic link"
    assert skipped(report) == {
        "pipe.py": "it is a named pipe",
        "socket.py": "it is a socket",
        "big.py": "it is larger than 10485760 bytes (the setting PIPELINE_MAX_FILE_BYTES)",
        **dict.fromkeys(("self.py", "up", "out.py", "dangling.py"), link),
    }
    assert found(report) == {("a.py", "F401")}


def test_unreadable_files_and_directories_are_skipped_and_said(
    cold: Command, workspace: Path
) -> None:
    (workspace / "secret.py").write_text(UNUSED)
    (workspace / "secret.py").chmod(0)
    (workspace / "closed").mkdir(mode=0)
    report = scanned(_without_override(cold), workspace, "--tools", "ruff")
    assert skipped(report) == {
        "secret.py": "it cannot be read: permission denied",
        "closed": "the directory cannot be read: permission denied",
    }
    assert found(report) == {("a.py", "F401")}


def test_a_workspace_that_cannot_be_read(cold: Command, workspace: Path) -> None:
    workspace.chmod(0)
    try:
        said = refused(_without_override(cold)("run", workspace))
    finally:
        workspace.chmod(0o700)
    assert "cannot be read: permission denied" in said


@pytest.mark.skipif(not Path("/proc/sys/vm").is_dir(), reason="Linux alone has such files")
def test_files_of_the_kernel_do_no_harm(warm: Command) -> None:
    report = scanned(warm, Path("/proc/sys/vm"), "--tools", "codespell")
    assert report["status"] == "passed"


def test_bytes_that_no_tool_likes_are_findings_and_no_failure(
    warm: Command, workspace: Path
) -> None:
    contents = {
        "latin.py": b'x = "\xff\xfe"\nimport os\n',
        "nul.py": b"import os\0\n",
        "crlf.py": b"import os\r\n\r\nx = 1\r\n",
        "cr.py": b"import os\rx = 1\r",
        "bom.py": b"\xef\xbb\xbfimport os\n",
        "coding.py": b"# -*- coding: nonsense -*-\nimport os\n",
        "empty.py": b"",
        "long.py": b"x = '" + b"a" * 1_000_000 + b"'\n",
        "latin.sh": b"#!/bin/sh\necho \xff $1\n",
        "latin.yml": b"a: \xff\na: 1\n",
        "latin.md": b"\xff teh\n",
    }
    for name, content in contents.items():
        (workspace / name).write_bytes(content)
    report = scanned(warm, workspace, "--profile", "full")
    assert {tool["outcome"] for tool in report["tools"]} == {"ok"}
    silent = {"empty.py", "long.py"}
    for tool in ("ruff", "flake8", "pylint", "pydocstyle"):
        spoken_of = {one["path"] for one in report["findings"] if one["tool"] == tool}
        assert {name for name in contents if name.endswith(".py")} - spoken_of <= silent, tool
    assert {path for path, rule in found(report) if rule == "F401"} >= {"a.py", "crlf.py", "bom.py"}


def test_a_byte_order_mark_is_no_part_of_the_line(warm: Command, workspace: Path) -> None:
    (workspace / "a.py").write_bytes(b"\xef\xbb\xbfimport os\n")
    answer = warm("run", workspace, "--tools", "ruff", "--quiet")
    assert "     1 │ import os\n       │        ^^\n" in answer.stdout


def test_ten_thousand_files(warm: Command, workspace: Path) -> None:
    for number in range(10_000):
        directory = workspace / f"d{number % 100}"
        directory.mkdir(exist_ok=True)
        (directory / f"f{number}.py").write_text(UNUSED if number % 1000 == 0 else "")
    report = scanned(warm, workspace, "--tools", "ruff")
    assert report["summary"]["files"] == 10_001
    assert report["summary"]["findings"] == 11


def test_more_files_than_allowed(cold: Command, workspace: Path) -> None:
    (workspace / "b.py").write_text(UNUSED)
    answer = cold.with_settings(PIPELINE_MAX_FILES="1")("run", workspace)
    assert answer.exit_code == 3
    assert "has more than 1 files" in answer.stdout
    assert "passed" not in answer.stdout


def test_files_that_come_and_go_during_the_snapshot(warm: Command, workspace: Path) -> None:
    stays = {f"stays{number}.py" for number in range(50)}
    for name in stays:
        (workspace / name).write_text(UNUSED)
    with _restless(workspace):
        reports = [scanned(warm, workspace, "--tools", "ruff") for _ in range(2)]
    for report in reports:
        assert found(report) >= {(name, "F401") for name in stays}


@contextmanager
def _restless(workspace: Path) -> Iterator[None]:
    """While inside, files vanish, come back, and make way for links, pipes and directories."""
    ended = threading.Event()

    def stir() -> None:
        while not ended.is_set():
            for number in range(20):
                file = workspace / f"b{number}.py"
                file.write_text(UNUSED)
                file.unlink()
                file.symlink_to("/etc/passwd")
                file.unlink()
                os.mkfifo(file)
                file.unlink()
                file.mkdir()
                file.rmdir()

    thread = threading.Thread(target=stir)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _inside(directory: Path) -> Iterator[None]:
    """The path of a socket must be short."""
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def _without_override(command: Command) -> Command:
    """Root may read everything, unless it gives that up."""
    if os.geteuid() != 0:
        return command
    given_up = "-dac_override,-dac_read_search"
    return command.wrapped(require("setpriv"), "--bounding-set", given_up)
