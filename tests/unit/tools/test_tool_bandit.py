"""bandit's JSON report, its configuration and the files that it cannot read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import bandit
from pipeline_mcp.tools.contract import Completed, Job

REPORT = r"""{
  "errors": [
    {"filename": "././broken.py", "reason": "syntax error while parsing AST from file"}
  ],
  "generated_at": "2026-11-24T21:36:51Z",
  "metrics": {"././a b.py": {"loc": 5}, "././broken.py": {"loc": 1}, "_totals": {"loc": 6}},
  "results": [
    {
      "code": "3 hashlib.md5(b\"x\")\n4 \u00e9 = \"\u00e9\"; eval(\"1\")\n5 assert True\n",
      "col_offset": 11,
      "end_col_offset": 20,
      "filename": "././a b.py",
      "issue_confidence": "HIGH",
      "issue_cwe": {"id": 78, "link": "https://cwe.mitre.org/data/definitions/78.html"},
      "issue_severity": "MEDIUM",
      "issue_text": "Use of possibly insecure function - consider using safer ast.literal_eval.",
      "line_number": 4,
      "line_range": [4],
      "more_info": "https://bandit.readthedocs.io/en/1.9.4/blacklists/blacklist_calls.html#b307-eval",
      "test_id": "B307",
      "test_name": "blacklist"
    },
    {
      "code": "2   subprocess.call(\"ls \" + x,\n3    shell=True))\n4 import subprocess\n",
      "col_offset": 2,
      "end_col_offset": 14,
      "filename": "././a b.py",
      "issue_confidence": "HIGH",
      "issue_cwe": {"id": 78, "link": "https://cwe.mitre.org/data/definitions/78.html"},
      "issue_severity": "HIGH",
      "issue_text": "subprocess call with shell=True identified, security issue.",
      "line_number": 3,
      "line_range": [2, 3],
      "more_info": "https://bandit.readthedocs.io/en/1.9.4/plugins/b602.html",
      "test_id": "B602",
      "test_name": "subprocess_popen_with_shell_equals_true"
    }
  ]
}"""


def test_columns_count_characters_and_multi_line_statements_have_none(
    make_job: Callable[..., Job],
) -> None:
    job = make_job("a b.py", "broken.py")
    broken, evaluated, shell = bandit.parse(job, Completed(0, REPORT, ""))
    assert (broken.path, broken.rule, broken.severity) == (
        "broken.py",
        "parse-error",
        Severity.ERROR,
    )
    assert (evaluated.path, evaluated.line, evaluated.column) == ("a b.py", 4, 10)
    assert (evaluated.end_line, evaluated.end_column) == (4, 19)
    assert evaluated.severity is Severity.WARNING
    assert (shell.line, shell.column, shell.end_line, shell.end_column) == (3, 0, 3, 0)
    assert shell.severity is Severity.ERROR


@pytest.mark.parametrize(
    "completed",
    [
        Completed(0, "not JSON", ""),
        Completed(0, "", "Traceback"),
        Completed(2, "", "[main]\tERROR\tpyproject.toml : Error parsing file."),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(bandit.parse(make_job("a b.py", "broken.py"), completed))


def test_a_file_that_the_report_leaves_out_is_a_tool_error(
    make_job: Callable[..., Job],
) -> None:
    job = make_job("a b.py", "broken.py", "forgotten.py")
    with pytest.raises(ToolOutputError, match=r"forgotten\.py"):
        list(bandit.parse(job, Completed(0, REPORT, "")))


def test_names_that_the_default_exclusions_would_hide_are_scanned(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {".github/a.py": "eval('1')\n", "myCVS.py": "eval('1')\n"}
    assert [item.path for item in run_adapter(bandit.TOOL, files)] == [".github/a.py", "myCVS.py"]


def test_odd_names_and_odd_contents(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {
        "-x.py": "eval('1')\r\n",
        "new\nline.py": "eval('1')\n",
        "é.py": "eval('1')\n",
        "empty.py": "",
        "bytes.py": b"x = '\xff'\n",
        "nul.py": b"x = 1\0\n",
        "latin.py": b"# coding: latin-1\nx = '\xe9'; eval('1')\n",
    }
    found = [(item.path, item.rule, item.column) for item in run_adapter(bandit.TOOL, files)]
    assert found == [
        ("-x.py", "B307", 1),
        ("bytes.py", "parse-error", 0),
        ("latin.py", "B307", 10),
        ("new\nline.py", "B307", 1),
        ("nul.py", "parse-error", 0),
        ("é.py", "B307", 1),
    ]


def test_the_configuration_in_pyproject_counts(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {
        "a.py": "assert eval('1')\n",
        "tests/test_a.py": "eval('1')\n",
        "pyproject.toml": "[tool.bandit]\nskips = ['B101']\nexclude_dirs = ['tests']\n",
    }
    found = [(item.path, item.rule) for item in run_adapter(bandit.TOOL, files)]
    assert found == [("a.py", "B307")]


def test_the_ini_file_counts(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {"a.py": "assert eval('1')\n", ".bandit": "[bandit]\nskips: B101\n"}
    assert [item.rule for item in run_adapter(bandit.TOOL, files)] == ["B307"]
