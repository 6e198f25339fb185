"""The adapter of the check for copied code."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job
from pipeline_mcp.tools.duplicates import TOOL

BODY = "".join(f"    step_{number} = compute(values, {number})\n" for number in range(20))


def test_a_copy_becomes_a_finding_with_its_whole_span(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    found = run_adapter(
        TOOL, {"a.py": f"def one(values):\n{BODY}", "b/c.py": f"X = 1\ndef two(values):\n{BODY}"}
    )
    assert found == [
        Finding(
            tool="duplicates",
            rule="duplicate-function",
            severity=Severity.INFO,
            message="`two` has the same body as `one` at a.py:1.",
            path="b/c.py",
            line=2,
            column=1,
            end_line=22,
            end_column=34,
        )
    ]


def test_names_of_files_may_be_anything(run_adapter: Callable[..., list[Finding]]) -> None:
    names = ["-x.py", "a\nb.py", "c d.py", "ü.py"]
    found = run_adapter(TOOL, dict.fromkeys(names, "def f(:\n"))
    assert {finding.path for finding in found} == set(names)
    assert {finding.rule for finding in found} == {"not-analysed"}


def test_stubs_are_not_looked_at() -> None:
    assert TOOL.files.matches("a.py")
    assert not TOOL.files.matches("a.pyi")


@pytest.mark.parametrize(
    "stdout",
    ["", "[]", "{}", '{"findings": [{"rule": "x"}]}', '{"findings": [{"severity": "worst"}]}'],
)
def test_anything_else_than_findings_is_an_error(make_job: Callable[..., Job], stdout: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("a.py"), Completed(0, stdout, "")))


def test_a_crash_is_an_error(make_job: Callable[..., Job]) -> None:
    with pytest.raises(ToolOutputError, match="exit code 1: MemoryError"):
        list(TOOL.parse(make_job("a.py"), Completed(1, "", "MemoryError")))
