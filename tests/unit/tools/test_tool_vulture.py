"""vulture's lines, the files that it cannot read, and its confidence."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import vulture
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = """v1.py:1: unused import 'os' (90% confidence)
v1.py:2: unused variable 'unused_arg' (100% confidence)
v1.py:2: unused variable 'é' (100% confidence)
v1.py:4: unreachable code after 'return' (100% confidence)
v1.py:9: unsatisfiable 'if' condition (100% confidence)
new
line.py:1: unused import 'pickle' (90% confidence)
a:3: b.py:7: unused function 'f' (60% confidence, 2 lines)
"""
SAID = """b2.py:1: invalid syntax at "def f(:"
Error: Could not read file /tree/b3.py -\x20
Try to change the encoding to UTF-8.
b6.py:None: source code string cannot contain null bytes
"""
FILES = ("a:3: b.py", "b2.py", "b3.py", "b6.py", "new\nline.py", "v1.py")


def test_every_line_becomes_a_finding(make_job: Callable[..., Job]) -> None:
    found = list(vulture.parse(make_job(*FILES), Completed(3, PRINTED, "")))
    assert [(item.path, item.line, item.rule, item.severity) for item in found] == [
        ("v1.py", 1, "unused-import", Severity.INFO),
        ("v1.py", 2, "unused-variable", Severity.WARNING),
        ("v1.py", 2, "unused-variable", Severity.WARNING),
        ("v1.py", 4, "unreachable-code", Severity.WARNING),
        ("v1.py", 9, "unreachable-code", Severity.WARNING),
        ("new\nline.py", 1, "unused-import", Severity.INFO),
        ("a:3: b.py", 7, "unused-function", Severity.INFO),
    ]
    assert found[0].message == "unused import 'os' (90% confidence)"


def test_files_that_it_could_not_read_are_findings(make_job: Callable[..., Job]) -> None:
    found = list(vulture.parse(make_job(*FILES), Completed(1, "", SAID)))
    assert {item.rule for item in found} == {"parse-error"}
    assert [(item.path, item.line, item.message) for item in found] == [
        ("b2.py", 1, 'invalid syntax at "def f(:"'),
        ("b3.py", 0, "it cannot be decoded"),
        ("b6.py", 0, "source code string cannot contain null bytes"),
    ]


@pytest.mark.parametrize(
    "completed",
    [
        Completed(2, "", "usage: vulture [options] [PATH ...]"),
        Completed(1, "", ""),
        Completed(1, "", "Error: /tree/nope.py could not be found.\n"),
        Completed(3, "Scanning: v1.py\n", ""),
        Completed(3, "other.py:1: unused import 'os' (90% confidence)\n", ""),
        Completed(3, "v1.py:1: something new\n", ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(vulture.parse(make_job(*FILES), completed))


def test_odd_contents_stop_nothing(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {
        "-x.py": "import os\r\n",
        "sp ace/é.py": "import re\n",
        "empty.py": "",
        "bytes.py": b"x = '\xff'\n",
        "broken.py": "def f(:\n",
    }
    assert [(item.path, item.rule) for item in run_adapter(vulture.TOOL, files)] == [
        ("-x.py", "unused-import"),
        ("broken.py", "parse-error"),
        ("bytes.py", "parse-error"),
        ("sp ace/é.py", "unused-import"),
    ]


def test_what_vulture_only_guesses_is_left_out_unless_the_repository_asks(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {"a.py": "def called_by_a_framework():\n    pass\n"}
    assert run_adapter(vulture.TOOL, files) == []
    files["pyproject.toml"] = "[tool.vulture]\nmin_confidence = 60\n"
    assert [item.rule for item in run_adapter(vulture.TOOL, files)] == ["unused-function"]
