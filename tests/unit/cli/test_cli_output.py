from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_mcp.cli.output import OutputError, check_output, write_answer


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    write_answer("größe\n", file)
    assert file.read_text(encoding="utf-8") == "größe\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_usual_mode_and_an_old_one_keeps_its_own(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch(mode=0o600)
    before = os.umask(0o027)
    try:
        write_answer("x", old)
        write_answer("x", new)
    finally:
        os.umask(before)
    assert stat.S_IMODE(old.stat().st_mode) == 0o600
    assert stat.S_IMODE(new.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    write_answer("x", link)
    assert link.is_symlink()
    assert target.read_text() == "x"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_answer("x", Path(os.devnull))
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_failure_leaves_the_old_file_and_no_part(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"--output /dev/full: it cannot be written \(No space"):
        write_answer("x", Path("/dev/full"))
    directory = tmp_path / "directory"
    directory.mkdir()
    (directory / "inside").touch()
    with pytest.raises(OutputError):
        write_answer("x", directory / "inside" / "file")
    assert [file.name for file in tmp_path.rglob("*")] == ["directory", "inside"]


def test_what_cannot_be_written_is_known_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a directory"):
        check_output(tmp_path)
    with pytest.raises(OutputError, match="its directory does not exist"):
        check_output(tmp_path / "no" / "file")
    check_output(tmp_path / "file")


def _answer_in_a_process(stdout: int) -> subprocess.CompletedProcess[str]:
    program = (
        "import click\n"
        "from pipeline_mcp.cli.boundary import exit_code\n"
        "from pipeline_mcp.cli.output import write_answer\n"
        "@click.command()\n"
        "@click.pass_context\n"
        "def answer(context):\n"
        "    write_answer('x' * 1_000_000)\n"
        "    context.exit(3)\n"
        "raise SystemExit(exit_code(answer, []))\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_reader_that_goes_away_changes_neither_the_exit_code_nor_says_anything() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _answer_in_a_process(writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (3, "")


def test_a_full_disk_behind_standard_output_is_said() -> None:
    with Path("/dev/full").open("wb") as full:
        done = _answer_in_a_process(full.fileno())
    assert done.returncode == 2
    said = "error: The answer cannot be written to standard output: no space left on device.\n"
    assert done.stderr == said


def test_names_that_are_not_utf8_can_be_printed(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write_answer('"bad\udcff"')
    assert capfdbinary.readouterr().out == b'"bad\\udcff"'
