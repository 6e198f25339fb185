"""What ruff's formatter says, read exactly."""

from __future__ import annotations

import json

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.ruff_format import TOOL

OUTPUT = """\
[
  {
    "cell": null,
    "code": "unformatted",
    "end_location": {"column": 4, "row": 2},
    "filename": "/tree/bad.py",
    "fix": {
      "applicability": "safe",
      "edits": [
        {
          "content": "",
          "end_location": {"column": 4, "row": 2},
          "location": {"column": 3, "row": 2}
        }
      ],
      "message": null
    },
    "location": {"column": 3, "row": 2},
    "message": "File would be reformatted",
    "name": "unformatted",
    "noqa_row": null,
    "severity": "error",
    "url": null
  },
  {
    "cell": null,
    "code": "io",
    "end_location": null,
    "filename": "/tree/bytes.py",
    "fix": null,
    "location": null,
    "message": "stream did not contain valid UTF-8",
    "name": "io",
    "noqa_row": null,
    "severity": "error",
    "url": null
  }
]
"""


def test_both_kinds_of_verdict_are_read(make_job) -> None:
    job = make_job("bad.py", "bytes.py", "good.py")
    assert list(TOOL.parse(job, Completed(2, OUTPUT, ""))) == [
        Finding(
            tool="ruff-format",
            rule="reformat",
            severity=Severity.WARNING,
            message="ruff would reformat this file",
            path="bad.py",
            line=2,
            column=3,
            fixable=True,
        ),
        Finding(
            tool="ruff-format",
            rule="parse-error",
            severity=Severity.ERROR,
            message="stream did not contain valid UTF-8",
            path="bytes.py",
        ),
    ]


def test_a_failure_of_ruff_itself_is_an_error(make_job) -> None:
    [diagnostic, _] = json.loads(OUTPUT)
    panic = json.dumps([diagnostic | {"code": "panic", "message": "Panicked at …"}])
    with pytest.raises(ToolOutputError, match="Panicked"):
        list(TOOL.parse(make_job("bad.py"), Completed(2, panic, "")))


def test_what_is_no_json_is_an_error(make_job) -> None:
    with pytest.raises(ToolOutputError, match="JSON"):
        list(TOOL.parse(make_job("a.py"), Completed(2, "", "ruff failed\n")))


def test_a_broken_configuration_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match=r"ruff\.toml"):
        run_adapter(TOOL, {"ruff.toml": "nonsense =\n", "a.py": "x = 1\n"})


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "new\nline.py", "ünï😀.py", "stub.pyi"]
    found = run_adapter(TOOL, dict.fromkeys(names, "ONE = 1\nTWO  = 2\n"))
    assert [(item.path, item.line) for item in found] == [(name, 2) for name in sorted(names)]


def test_files_that_do_not_parse_are_found(run_adapter) -> None:
    files = {"bytes.py": b'x = "\xff"\n', "crlf.py": "x = 1\r\ndef f(:\r\n", "empty.py": ""}
    found = run_adapter(TOOL, files)
    assert [(item.path, item.rule, item.line) for item in found] == [
        ("bytes.py", "parse-error", 0),
        ("crlf.py", "parse-error", 2),
    ]


def test_what_the_repository_excludes_is_left_out(run_adapter) -> None:
    files = {"ruff.toml": "[format]\nexclude = ['b.py']\n", "a.py": "x  = 1\n", "b.py": "x  = 1\n"}
    assert [item.path for item in run_adapter(TOOL, files)] == ["a.py"]


def test_the_fixer_rewrites_what_parses(fix_adapter) -> None:
    fixed = fix_adapter(TOOL, {"a.py": "x  = 1\r\n", "-b.py": "x  = 1\n", "broken.py": "(\n"})
    assert fixed == {"a.py": b"x = 1\r\n", "-b.py": b"x = 1\n", "broken.py": b"(\n"}
