"""What pydocstyle says through our driver, read exactly."""

from __future__ import annotations

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.pydocstyle import TOOL

OUTPUT = (
    '{"findings": [{"rule": "D200", "severity": "info", "message": "One-line docstring should fit '
    'on one line with quotes (found 3)", "path": "./a.py", "line": 4, "column": 0, "end_line": 0, '
    '"end_column": 0}]}'
)


def test_a_violation_is_read(make_job) -> None:
    assert list(TOOL.parse(make_job("a.py"), Completed(0, OUTPUT, ""))) == [
        Finding(
            tool="pydocstyle",
            rule="D200",
            severity=Severity.INFO,
            message="One-line docstring should fit on one line with quotes (found 3)",
            path="a.py",
            line=4,
        )
    ]


@pytest.mark.parametrize(("code", "stdout"), [(1, OUTPUT), (0, ""), (0, OUTPUT[:-1])])
def test_whatever_else_it_says_is_an_error(make_job, code: int, stdout: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("a.py"), Completed(code, stdout, "")))


def test_messages_are_pydocstyles_own(run_adapter) -> None:
    [found] = run_adapter(TOOL, {"a.py": '"""\nA.\n"""\n'})
    assert (found.rule, found.line) == ("D200", 1)
    assert found.message == "One-line docstring should fit on one line with quotes (found 3)"


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "ünï😀.py", "a.py:1 at module level:.py"]
    found = run_adapter(TOOL, dict.fromkeys(names, "ONE = 1\r\n"))
    assert [(item.path, item.rule) for item in found] == [(name, "D100") for name in sorted(names)]


def test_a_name_with_a_line_break_is_not_passed_over_in_silence(run_adapter) -> None:
    found = run_adapter(TOOL, {"new\nline.py": "ONE = 1\n", "other.py": "ONE = 1\n"})
    assert [(item.path, item.rule) for item in found] == [
        ("new\nline.py", "not-analysed"),
        ("other.py", "D100"),
    ]


def test_a_file_that_does_not_parse_is_found_and_hides_no_other(run_adapter) -> None:
    files = {
        "bytes.py": b'"""A."""\nx = "\xff"\n',
        "cookie.py": "# -*- coding: nosuch -*-\n",
        "dedent.py": '"""A."""\nif 1:\n    x = 1\n  y = 2\n',
        "nul.py": b'"""A."""\n\0\n',
        "open.py": '"""A."""\r\nx = (\r\n',
        "other.py": "ONE = 1\n",
    }
    found = run_adapter(TOOL, files)
    assert [(item.path, item.rule, item.line) for item in found] == [
        ("bytes.py", "parse-error", 1),
        ("cookie.py", "parse-error", 1),
        ("dedent.py", "parse-error", 4),
        ("nul.py", "parse-error", 1),
        ("open.py", "parse-error", 2),
        ("other.py", "D100", 1),
    ]


def test_a_crash_on_one_file_is_said_and_hides_no_other(run_adapter) -> None:
    files = {"a.py": 'b"""Bytes."""\n', "b.py": "ONE = 1\n"}
    found = run_adapter(TOOL, files)
    assert [(item.path, item.rule) for item in found] == [
        ("a.py", "not-analysed"),
        ("b.py", "D100"),
    ]
    assert "TypeError" in found[0].message


def test_the_repository_configuration_counts(run_adapter) -> None:
    files = {
        "setup.cfg": "[pydocstyle]\nselect = D103\nexplain = true\nsource = true\ncount = true\n",
        "a.py": "def f():\n    return 1\n",
    }
    assert [item.rule for item in run_adapter(TOOL, files)] == ["D103"]


def test_a_convention_that_does_not_exist_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError):
        run_adapter(TOOL, {"a.py": ""}, arguments=("--convention=nonsense",))


def test_tests_and_stubs_are_left_out_as_pydocstyle_does(run_adapter) -> None:
    assert run_adapter(TOOL, {"test_a.py": "ONE = 1\n"}) == []
    assert not TOOL.files.matches("a.pyi")
