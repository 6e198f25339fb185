"""What flake8 says, read exactly."""

from __future__ import annotations

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.flake8 import TOOL

OUTPUT = (
    "\x1e./a.py\x1f1\x1f1\x1fF401\x1f'os' imported but unused\x1d\n"
    "\x1e./new\nline: 1.py\x1f2\x1f7\x1fF821\x1fundefined name 'missing'\x1d\n"
)


def test_records_are_read(make_job) -> None:
    job = make_job("a.py", "new\nline: 1.py")
    assert list(TOOL.parse(job, Completed(1, OUTPUT, ""))) == [
        Finding(
            tool="flake8",
            rule="F401",
            severity=Severity.WARNING,
            message="'os' imported but unused",
            path="a.py",
            line=1,
            column=1,
        ),
        Finding(
            tool="flake8",
            rule="F821",
            severity=Severity.ERROR,
            message="undefined name 'missing'",
            path="new\nline: 1.py",
            line=2,
            column=7,
        ),
    ]


@pytest.mark.parametrize(
    ("code", "stdout"),
    [
        (1, ""),
        (0, OUTPUT),
        (1, OUTPUT + "There was a critical error during execution of Flake8:\n"),
        (1, OUTPUT[:-3]),
        (1, "./a.py:1:1: F401 'os' imported but unused\n"),
        (2, "usage: flake8\n"),
    ],
)
def test_whatever_else_it_says_is_an_error(make_job, code: int, stdout: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("a.py", "new\nline: 1.py"), Completed(code, stdout, "")))


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "new\nline.py", "ünï😀.py", "a%(row)d.py"]
    found = run_adapter(TOOL, dict.fromkeys(names, "ONE = 1\nprint(missing)\n"))
    assert [(item.path, item.line, item.rule) for item in found] == [
        (name, 2, "F821") for name in sorted(names)
    ]


def test_columns_count_characters_whoever_counted(run_adapter) -> None:
    files = {
        "a.py": 'def f():\n    x = "é😀" ; return missing\n',
        "latin.py": '# coding: latin-1\nx = "é"; print(missing)\n'.encode("latin-1"),
    }
    found = {(item.path, item.rule): item.column for item in run_adapter(TOOL, files)}
    assert found[("a.py", "F821")] == 23
    assert found[("a.py", "E203")] == 13
    assert found[("latin.py", "F821")] == 16


def test_files_that_do_not_parse_are_found(run_adapter) -> None:
    files = {"a.py": "x = 1\r\nx = )\r\n", "b.py": b'# coding: utf-8\nx = "\xff"\n', "c.py": ""}
    found = [item for item in run_adapter(TOOL, files) if item.rule[:2] == "E9"]
    assert [(item.path, item.line) for item in found] == [("a.py", 2)]
    assert {item.severity for item in found} == {Severity.ERROR}


def test_the_repository_configuration_counts(run_adapter) -> None:
    files = {
        "tox.ini": "[flake8]\nextend-ignore = F401\nstatistics = true\ncount = true\n"
        "show-source = true\noutput-file = away.txt\ncolor = always\njobs = 4\n",
        "a.py": "import os\nx = 1;\n",
    }
    assert [item.rule for item in run_adapter(TOOL, files)] == ["E703"]


def test_patterns_that_extend_the_exclusion_count_too(run_adapter) -> None:
    files = dict.fromkeys(["gen_a.py", "old/a.py", "sub/gen_b.py", "a.py"], "import os\n")
    setup = "[flake8]\nexclude = nothing\nextend_exclude = gen_*.py, old/\n"
    assert [item.path for item in run_adapter(TOOL, {"setup.cfg": setup, **files})] == ["a.py"]


def test_a_quiet_configuration_does_not_hide_findings_in_silence(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match="no finding"):
        run_adapter(TOOL, {".flake8": "[flake8]\nquiet = 1\n", "a.py": "import os\n"})


def test_a_broken_configuration_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError):
        run_adapter(TOOL, {".flake8": "[flake8]\nextend-ignore = #\n", "a.py": "x = 1\n"})


def test_stubs_are_left_out() -> None:
    assert TOOL.files.matches("a.py")
    assert not TOOL.files.matches("a.pyi")
