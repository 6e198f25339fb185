"""duplicates: our own check for copied code; `docs/analysers.md` says what counts as a copy."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.tools import analysers
from pipeline_mcp.tools.contract import (
    Completed,
    Cost,
    FilePattern,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule


def parse(job: Job, completed: Completed) -> Iterable[Finding]:
    """One finding per copy but the first; all of them are information."""
    return analysers.findings("duplicates", job, completed)


_TOTAL = """\
def total(items, limit):
    amount = 0
    for item in items:
        if item.price > limit:
            amount += item.price
        else:
            amount -= 1
    return round(amount, 2)
"""

TOOL = Tool(
    name="duplicates",
    kind=Kind.ANALYSIS,
    summary="Copied files, classes, functions and blocks",
    url="",
    # A stub repeats its module by nature.
    files=FilePattern(suffixes=(".py",)),
    scope=Scope.PROGRAM,
    executable=PythonModule("pipeline_mcp.analysers.duplicates", distribution="pipeline-mcp"),
    command=analysers.command,
    parse=parse,
    cost=Cost(startup=0.1, per_kib=0.00015),
    samples=(
        Sample(
            title="a function that is copied under another name",
            files={"a.py": _TOTAL, "b.py": _TOTAL.replace("total", "summed")},
            expected=(("b.py", "duplicate-function", 1),),
        ),
        Sample(
            title="a file that is copied, but for its comments",
            files={"a.py": _TOTAL, "b.py": f"# A copy.\n{_TOTAL}"},
            expected=(("b.py", "duplicate-file", 1),),
        ),
        Sample(
            title="functions that are alike because they are small",
            files={"a.py": "def f(x):\n    return x\n", "b.py": "def g(x):\n    return x\n"},
            expected=(),
        ),
    ),
)
