"""What ruff says, read exactly."""

from __future__ import annotations

import pytest

from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.ruff import TOOL

OUTPUT = """\
[
  {
    "cell": null,
    "code": "F401",
    "end_location": {"column": 10, "row": 1},
    "filename": "/tree/a.py",
    "fix": {
      "applicability": "safe",
      "edits": [
        {
          "content": "",
          "end_location": {"column": 1, "row": 2},
          "location": {"column": 1, "row": 1}
        }
      ],
      "message": "Remove unused import: `os`"
    },
    "location": {"column": 8, "row": 1},
    "message": "`os` imported but unused",
    "name": "unused-import",
    "noqa_row": 1,
    "severity": "error",
    "url": "https://docs.astral.sh/ruff/rules/unused-import"
  }
]
"""


def test_a_diagnostic_is_read_with_its_fix(make_job) -> None:
    assert list(TOOL.parse(make_job("a.py"), Completed(0, OUTPUT, ""))) == [
        Finding(
            tool="ruff",
            rule="F401",
            severity=Severity.WARNING,
            message="`os` imported but unused",
            path="a.py",
            line=1,
            column=8,
            end_line=1,
            end_column=10,
            fixable=True,
            edits=(Edit(1, 1, 2, 1, ""),),
        )
    ]


@pytest.mark.parametrize(("code", "output"), [(0, "panicked"), (2, "[]"), (-9, "")])
def test_what_is_no_report_is_an_error(make_job, code: int, output: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("a.py"), Completed(code, output, "")))


def test_columns_count_characters(run_adapter) -> None:
    files = {"a.py": 'def f():\n\tx = "é😀"; return missing\n', "b.py": 'x = "é"; y = missing\r\n'}
    found = [item for item in run_adapter(TOOL, files) if item.rule == "F821"]
    places = [(item.path, item.line, item.column, item.end_column) for item in found]
    assert places == [("a.py", 2, 19, 26), ("b.py", 1, 14, 21)]


def test_files_that_do_not_parse_are_found(run_adapter) -> None:
    files = {"bytes.py": b'x = "\xff"\n', "syntax.py": "x = 1\r\nx = )\r\n", "empty.py": ""}
    found = run_adapter(TOOL, files)
    assert {(item.path, item.rule, item.line) for item in found} == {
        ("bytes.py", "E902", 1),
        ("syntax.py", "invalid-syntax", 2),
    }
    assert {item.severity for item in found} == {Severity.ERROR}


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "new\nline.py", "ünï😀.py"]
    found = run_adapter(TOOL, dict.fromkeys(names, "print(missing)\n"))
    assert [item.path for item in found if item.rule == "F821"] == sorted(names)


def test_a_repository_that_excludes_all_has_no_findings(run_adapter) -> None:
    assert run_adapter(TOOL, {"ruff.toml": "exclude = ['*.py']\n", "a.py": "missing\n"}) == []


def test_a_configured_fix_neither_changes_the_tree_nor_hides_findings(run_adapter) -> None:
    files = {"ruff.toml": "fix = true\nfix-only = true\nshow-fixes = true\n", "a.py": "import os\n"}
    assert [item.rule for item in run_adapter(TOOL, files)] == ["F401"]


def test_a_broken_configuration_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match=r"ruff\.toml"):
        run_adapter(TOOL, {"ruff.toml": "nonsense =\n", "a.py": "x = 1\n"})


def test_docstring_rules_are_information(run_adapter) -> None:
    files = {"ruff.toml": "lint.select = ['D100', 'F']\n", "a.py": "print(missing)\n"}
    found = {item.rule: item.severity for item in run_adapter(TOOL, files)}
    assert found == {"D100": Severity.INFO, "F821": Severity.ERROR}


def test_the_fixer_applies_safe_fixes(fix_adapter) -> None:
    fixed = fix_adapter(TOOL, {"-a.py": "import os\n\nprint(1)\n", "broken.py": "(\n"})
    assert fixed == {"-a.py": b"\nprint(1)\n", "broken.py": b"(\n"}
