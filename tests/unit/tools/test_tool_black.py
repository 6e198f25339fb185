"""What black says, read exactly."""

from __future__ import annotations

import re

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.black import TOOL
from pipeline_mcp.tools.contract import Completed

DIFF = """\
--- bad.py\t2026-11-24 21:30:44.775333+00:00
+++ bad.py\t2026-11-24 21:30:44.932316+00:00
@@ -1,3 +1,3 @@
 ONE = 1
-TWO  = 2
+TWO = 2
 THREE = 3
"""
REPORT = """\
Identified `/` as project root containing a file system root.
Found input source: "bad.py"
Found input source: "good.py"
Found input source: "left.py"
Found input source: "syn.py"
would reformat bad.py
good.py already well formatted, good job.
left.py ignored: matches the --force-exclude regular expression
Traceback (most recent call last):
  File "src/black/parsing.py", line 140, in lib2to3_parse
black.parsing.InvalidInput: cannot parse: 1:6
    def f(:
         ^
ParseError: bad input
error: cannot parse: syn.py:1:6
    def f(:
         ^
ParseError: bad input

Oh no! \U0001f4a5 \U0001f494 \U0001f4a5
1 file would be reformatted, 1 file would be left unchanged, 1 file would fail to reformat.
"""


def test_every_verdict_is_read(make_job) -> None:
    job = make_job("bad.py", "good.py", "left.py", "syn.py")
    assert list(TOOL.parse(job, Completed(123, DIFF, REPORT))) == [
        Finding(
            tool="black",
            rule="reformat",
            severity=Severity.WARNING,
            message="black would reformat this file",
            path="bad.py",
            line=2,
            fixable=True,
        ),
        Finding(
            tool="black",
            rule="parse-error",
            severity=Severity.ERROR,
            message="cannot parse: def f(:",
            path="syn.py",
            line=1,
            column=7,
        ),
    ]


def test_a_file_that_black_does_not_speak_of_is_an_error(make_job) -> None:
    job = make_job("bad.py", "good.py", "lost.py", "left.py", "syn.py")
    with pytest.raises(ToolOutputError, match=r"did not speak of 'lost\.py'"):
        list(TOOL.parse(job, Completed(123, DIFF, REPORT)))


def test_a_file_that_black_speaks_of_twice_is_an_error(make_job) -> None:
    said = "a.py already well formatted, good job.\nwould reformat a.py\n"
    with pytest.raises(ToolOutputError, match=r"twice of 'a\.py'"):
        list(TOOL.parse(make_job("a.py"), Completed(1, "", said)))


@pytest.mark.parametrize("reason", ["INTERNAL ERROR: Black produced …", "[Errno 13] No, no"])
def test_a_failure_of_black_itself_is_an_error(make_job, reason: str) -> None:
    said = f"error: cannot format a.py: {reason}\n"
    with pytest.raises(ToolOutputError, match=re.escape(reason)):
        list(TOOL.parse(make_job("a.py"), Completed(123, "", said)))


def test_a_wrong_required_version_is_an_error(run_adapter) -> None:
    files = {"pyproject.toml": "[tool.black]\nrequired-version = '1'\n", "a.py": "x = 1\n"}
    with pytest.raises(ToolOutputError, match="required version"):
        run_adapter(TOOL, files)


def test_a_broken_configuration_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match=r"Could not open file './pyproject\.toml'"):
        run_adapter(TOOL, {"pyproject.toml": "[tool.\n", "a.py": "\n"})


def test_names_may_hold_anything(run_adapter) -> None:
    names = [
        "-dash.py",
        "a b.py",
        "a:1:2: b.py",
        "new\nline.py",
        "a.py\nwould reformat b.py",
        "ünï😀.py",
        "tab\t.py",
    ]
    found = run_adapter(TOOL, dict.fromkeys(names, "ONE = 1\nTWO  = 2\n"))
    assert [(item.path, item.line) for item in found] == [(name, 2) for name in sorted(names)]


def test_broken_files_with_odd_names_are_found(run_adapter) -> None:
    names = ["a:1:2: b.py", "new\nline.py", "with: colon.py"]
    unparsable = {f"syntax {name}": "x = 1\ndef f(:\n" for name in names}
    undecodable = {f"bytes {name}": b'x = "\xff"\n' for name in names}
    found = run_adapter(TOOL, unparsable | undecodable | {"good.py": "x = 1\n"})
    assert {item.rule for item in found} == {"parse-error"}
    assert {item.path: item.line for item in found} == (
        dict.fromkeys(unparsable, 2) | dict.fromkeys(undecodable, 0)
    )


def test_code_that_only_the_compiler_refuses_has_its_line(run_adapter) -> None:
    [found] = run_adapter(TOOL, {"a.py": "x = 1\nf(a for a in b,  c)\n"})
    assert (found.rule, found.line) == ("parse-error", 2)
    assert found.message.endswith("Generator expression must be parenthesized")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(run_adapter, ending: str) -> None:
    text = ending.join(["A = 1", "B = 2", "C = 3", "D  = 4", ""])
    found = run_adapter(TOOL, {"a.py": text, "b.py": text})
    assert [(item.path, item.line) for item in found] == [("a.py", 4), ("b.py", 4)]


def test_a_diff_inside_a_file_misleads_nobody(run_adapter) -> None:
    stamp = "2026-11-24 21:30:44.775333+00:00"
    fake = f"--- b.py\t{stamp}\n+++ b.py\t{stamp}\n@@ -7,1 +7,1 @@\n"
    found = run_adapter(TOOL, {"a.py": f'x  = 1\n"""\n{fake}"""\n', "b.py": "x = 1\ny  = 2\n"})
    assert [(item.path, item.line) for item in found] == [("a.py", 1), ("b.py", 2)]


def test_a_file_alone_is_read_as_one_of_many(run_adapter) -> None:
    files = {"a.py": "x = 1\ny  = 2\n", "broken.py": "(\n", "empty.py": ""}
    together = run_adapter(TOOL, files)
    alone = [item for path in files for item in run_adapter(TOOL, {path: files[path]})]
    assert alone == together


def test_the_root_configuration_holds_for_every_shard(run_adapter) -> None:
    files = {
        "pyproject.toml": "[tool.black]\nskip-string-normalization = true\nquiet = true\n",
        "sub/pyproject.toml": "[tool.black]\nskip-string-normalization = false\n",
        "sub/a.py": "x = 'a'\n",
    }
    assert run_adapter(TOOL, files) == []


def test_exclusions_count_in_every_spelling(run_adapter) -> None:
    configuration = (
        "[tool.black]\nexclude = '''\n/(\n  old  # as it was\n  | older\n)/\n'''\n"
        "extend-exclude = '/a b/'\nforce-exclude = 'gen#.*'\n"
    )
    excluded = ["old/a.py", "x/older/a.py", "a b/a.py", "gen#1.py"]
    files = dict.fromkeys([*excluded, "ab/a.py", "gen.py"], "x  = 1\n")
    found = run_adapter(TOOL, {"pyproject.toml": configuration, **files})
    assert [item.path for item in found] == ["ab/a.py", "gen.py"]


def test_the_fixer_rewrites_what_parses(fix_adapter) -> None:
    fixed = fix_adapter(TOOL, {"a.py": "x  = 1\r\n", "-b.py": "x  = 1\n", "broken.py": "(\n"})
    assert fixed == {"a.py": b"x = 1\r\n", "-b.py": b"x = 1\n", "broken.py": b"(\n"}
