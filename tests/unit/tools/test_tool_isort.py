"""What isort says, read exactly."""

from __future__ import annotations

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.isort import TOOL

DIFF = """\
else-type place_module for sys returned STDLIB
else-type place_module for os returned STDLIB
--- /tree/a.py:before\t2026-11-24 21:47:08.483284
+++ /tree/a.py:after\t2026-11-24 21:47:08.600121
@@ -1,3 +1,3 @@
 import json
+import os
 import sys
-import os
"""
WARNINGS = """\
\x1e/tree/a.py Imports are incorrectly sorted and/or formatted.\x1e
<frozen runpy>:88: UserWarning: Unable to parse file ./b.py due to 'utf-8' codec can't decode
<frozen runpy>:88: UserWarning: Encoding not supported for ./c.py
"""


def test_every_verdict_is_read(make_job) -> None:
    found = list(TOOL.parse(make_job("a.py", "b.py", "c.py"), Completed(1, DIFF, WARNINGS)))
    assert sorted(found, key=lambda item: item.path) == [
        Finding(
            tool="isort",
            rule="unsorted-imports",
            severity=Severity.WARNING,
            message="Imports are incorrectly sorted and/or formatted",
            path="a.py",
            line=2,
            fixable=True,
        ),
        Finding(
            tool="isort",
            rule="parse-error",
            severity=Severity.ERROR,
            message="'utf-8' codec can't decode",
            path="b.py",
        ),
        Finding(
            tool="isort",
            rule="parse-error",
            severity=Severity.ERROR,
            message="its encoding is unknown, or not the one it says",
            path="c.py",
        ),
    ]


@pytest.mark.parametrize(
    ("code", "stderr"),
    [
        (1, ""),
        (1, "Traceback (most recent call last):\n"),
        (0, "\x1eUnrecoverable exception thrown when parsing ./a.py!\x1e\n"),
        (0, "UserWarning: Unable to parse file ./other.py due to …\n"),
        (0, "UserWarning: Failed to pull configuration information from /tree/setup.cfg\n"),
        (2, "usage: isort\n"),
    ],
)
def test_whatever_else_it_says_is_an_error(make_job, code: int, stderr: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("a.py"), Completed(code, "", stderr)))


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "new\nline.py", "ünï😀.py", "tab\t.pyi"]
    found = run_adapter(TOOL, dict.fromkeys(names, "import json\nimport sys\nimport os\n"))
    assert [(item.path, item.line) for item in found] == [(name, 2) for name in sorted(names)]


def test_files_that_cannot_be_decoded_are_found(run_adapter) -> None:
    files = {
        "first line\n.py": b'x = "\xff"\n',
        "third line\n.py": b'x = 1\ny = 2\nz = "\xff"\n',
        "cookie.py": "# -*- coding: nosuch -*-\n",
        "latin.py": b'# -*- coding: latin-1 -*-\nx = "\xff"\n',
        "empty.py": "",
    }
    found = run_adapter(TOOL, files)
    assert [item.path for item in found] == ["cookie.py", "first line\n.py", "third line\n.py"]
    assert {item.rule for item in found} == {"parse-error"}


def test_a_shard_without_a_decodable_file_is_no_failure(run_adapter) -> None:
    assert [item.path for item in run_adapter(TOOL, {"a.py": b'x = "\xff"\n'})] == ["a.py"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(run_adapter, ending: str) -> None:
    text = ending.join(["import json", "import sys", "import os", ""])
    found = run_adapter(TOOL, {"a.py": text, "b.py": text})
    assert [(item.path, item.line) for item in found] == [("a.py", 2), ("b.py", 2)]


def test_a_diff_without_a_last_line_break_hides_no_other(run_adapter) -> None:
    text = "import json\nimport sys\nimport os"
    found = run_adapter(TOOL, {"a.py": text, "b.py": text})
    assert [(item.path, item.line) for item in found] == [("a.py", 2), ("b.py", 2)]


def test_the_root_configuration_holds_for_every_shard(run_adapter) -> None:
    files = {
        "setup.cfg": "[isort]\nforce_sort_within_sections = true\nquiet = true\n",
        "sub/.isort.cfg": "[settings]\nforce_sort_within_sections = false\n",
        "sub/a.py": "from json import dumps\nimport os\n",
    }
    assert run_adapter(TOOL, files) == []


def test_what_the_repository_skips_is_left_out(run_adapter) -> None:
    bad = "import sys\nimport os\n"
    files = {".isort.cfg": "[settings]\nskip = old\n", "old/a.py": bad, "a.py": bad}
    assert [item.path for item in run_adapter(TOOL, files)] == ["a.py"]


def test_a_broken_configuration_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match="Failed to pull configuration"):
        run_adapter(TOOL, {".isort.cfg": "[settings\n", "a.py": "import os\n"})


def test_an_unknown_profile_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match="nosuch"):
        run_adapter(TOOL, {".isort.cfg": "[settings]\nprofile = nosuch\n", "a.py": "import os\n"})


def test_the_fixer_sorts(fix_adapter) -> None:
    text = "import sys\r\nimport os\r\n"
    fixed = fix_adapter(TOOL, {"-a.py": text, "b.py": b'x = "\xff"\n'})
    assert fixed == {"-a.py": b"import os\r\nimport sys\r\n", "b.py": b'x = "\xff"\n'}
