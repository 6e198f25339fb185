"""codespell's lines, its configuration and its fixer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.domain.finding import Edit, Finding
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import codespell
from pipeline_mcp.tools.contract import Completed, Job

# Parts, so that a spell checker passes over this file.
TEH, RECIEVE, THS = "teh", "recieve", "ths"


def test_every_line_becomes_a_finding(make_job: Callable[..., Job], tmp_path: Path) -> None:
    (tmp_path / "a: 3: x ==> y.txt").write_bytes(f"é {TEH} {TEH}\r\n".encode())
    (tmp_path / "nl\nx.txt").write_bytes(f"x \xff {THS}\n".encode("latin-1"))
    job = Job(tmp_path, ("a: 3: x ==> y.txt", "nl\nx.txt"), tmp_path)
    printed = (
        f"./a: 3: x ==> y.txt:1: {TEH} ==> the\n"
        f"./a: 3: x ==> y.txt:1: {TEH} ==> the\n"
        f"./nl\nx.txt:1: {THS} ==> the, this\n"
    )
    first, second, third = codespell.parse(job, Completed(65, printed, ""))
    assert (first.path, first.line, first.column, first.end_column) == (job.files[0], 1, 3, 6)
    assert (second.column, second.end_column) == (7, 10)
    assert (first.fixable, first.edits) == (True, (Edit(1, 3, 1, 6, "the"),))
    assert (third.path, third.column) == ("nl\nx.txt", 5)
    assert (third.fixable, third.edits) == (False, ())
    assert third.message == f"{THS} ==> the, this"


def test_a_correction_with_a_caveat_is_not_fixable(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("clas\n")
    printed = "./a.txt:1: clas ==> class  | disabled because of a variable\n"
    (found,) = codespell.parse(Job(tmp_path, ("a.txt",), tmp_path), Completed(65, printed, ""))
    assert (found.fixable, found.edits) == (False, ())
    assert found.message == "clas ==> class (disabled because of a variable)"


@pytest.mark.parametrize(
    "completed",
    [
        Completed(2, "", "error: unrecognized arguments: --foo"),
        Completed(64, "", "ERROR: cannot find dictionary file: x"),
        Completed(65, "Used config files:\n    1: setup.cfg\n", ""),
        Completed(65, f"./other.txt:1: {TEH} ==> the\n", ""),
        Completed(65, "./a.txt:1: what is this\n", ""),
        Completed(0, "", "FIXED: ./a.txt"),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(codespell.parse(make_job("a.txt"), completed))


def test_hidden_and_odd_files_are_checked_and_binary_ones_are_not(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        ".hidden/.file": f"{TEH}\n",
        "-x.txt": f"a\r\n{TEH}\r\n",
        "bytes.txt": f"\xff {TEH}\n".encode("latin-1"),
        "binary.bin": f"\0 {TEH}\n".encode(),
        "empty.txt": b"",
    }
    found = [(item.path, item.line, item.column) for item in run_adapter(codespell.TOOL, files)]
    assert found == [("-x.txt", 2, 1), (".hidden/.file", 1, 1), ("bytes.txt", 1, 3)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("setup.cfg", "[codespell]\nskip = ./docs,\n    *.po\ncount =\n"),
        (".codespellrc", "[codespell]\nskip = docs/,*.po\n"),
        ("pyproject.toml", "[tool.codespell]\nskip = ['docs', '*.po']\n"),
    ],
)
def test_what_the_repository_skips_is_skipped(
    run_adapter: Callable[..., list[Finding]], name: str, content: str
) -> None:
    wrong = f"{TEH}\n"
    files = {"docs/deep/a.txt": wrong, "x.po": wrong, "b.txt": wrong, name: content}
    assert [item.path for item in run_adapter(codespell.TOOL, files)] == ["b.txt"]


def test_the_fixer_changes_only_what_has_one_candidate(
    fix_adapter: Callable[..., dict[str, bytes]],
) -> None:
    files = {
        ".a.txt": f"{TEH} é {RECIEVE}d\r\n{THS}\r\n".encode(),
        "latin.txt": f"\xff {TEH}\n".encode("latin-1"),
    }
    assert fix_adapter(codespell.TOOL, files) == {
        ".a.txt": f"the é received\r\n{THS}\r\n".encode(),
        "latin.txt": b"\xff the\n",
    }
