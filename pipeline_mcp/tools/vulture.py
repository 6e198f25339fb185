"""vulture: dead Python code, found over the whole program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.configuration import pyproject_table
from pipeline_mcp.tools.contract import (
    PYTHON_FILES,
    Completed,
    Cost,
    Job,
    Kind,
    Sample,
    Scope,
    Tool,
)
from pipeline_mcp.tools.executables import PythonModule
from pipeline_mcp.tools.output import Shard, one_line

# Below 80 vulture guesses: every function that only a framework or a user of the package calls
# counts as unused. 80 leaves unused imports (90), and unused arguments and unreachable code (100).
_MIN_CONFIDENCE = 80

_MESSAGE = re.compile(r"(.*) \((\d+)% confidence(?:, \d+ lines?)?\)", re.DOTALL)
_UNUSED = re.compile(r"unused (\w+) ")
_SYNTAX_ERROR = re.compile(r"(?P<path>.+?):(?P<line>\d+|None): (?P<problem>.+)", re.DOTALL)
_INVALID_SOURCE = re.compile(r'(?P<path>.+?): (?P<problem>invalid source code ".*")', re.DOTALL)
_UNREADABLE = re.compile(
    r"Error: Could not read file (?P<path>.+?) - .*Try to change the encoding to UTF-8\.",
    re.DOTALL,
)


def command(job: Job) -> list[str]:
    """Look at all files at once; what `pyproject.toml` says of the confidence counts."""
    configured = pyproject_table(job.root, "vulture") or {}
    options = [] if "min_confidence" in configured else [f"--min-confidence={_MIN_CONFIDENCE}"]
    return [*options, *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per piece of dead code, and one per file that vulture could not read."""
    completed.expect(0, 1, 3)
    shard = Shard(job)
    unread = list(_unread_files(shard, completed.stderr))
    if completed.exit_code == 1 and not unread:
        completed.expect(0, 3)
    yield from unread
    for path, line, _, message in shard.entries(completed.stdout):
        match = _MESSAGE.fullmatch(message)
        if match is None:
            raise ToolOutputError(f"it printed what is no finding: {message[:800]}")
        yield Finding(
            tool="vulture",
            rule=_rule(match[1]),
            # Dead code does no harm by itself: a warning where vulture is sure, else information.
            severity=Severity.WARNING if match[2] == "100" else Severity.INFO,
            message=one_line(message),
            path=path,
            line=line,
        )


def _rule(message: str) -> str:
    unused = _UNUSED.match(message)
    return f"unused-{unused[1]}" if unused else "unreachable-code"


def _unread_files(shard: Shard, stderr: str) -> Iterator[Finding]:
    """vulture goes on without a file that it cannot parse, and says so on stderr alone."""
    pending = ""
    for line in stderr.split("\n"):
        pending = f"{pending}\n{line}" if pending else line
        finding = _unread(shard, pending)
        if finding is not None:
            pending = ""
            yield finding
    if pending.strip():
        raise ToolOutputError(f"it said what is no finding: {pending.strip()[:800]}")


def _unread(shard: Shard, said: str) -> Finding | None:
    if match := _UNREADABLE.fullmatch(said):
        path, line, problem = match["path"], "0", "it cannot be decoded"
    elif said.startswith("Error: "):
        return None  # the rest of the sentence stands on the next line
    elif match := _SYNTAX_ERROR.fullmatch(said) or _INVALID_SOURCE.fullmatch(said):
        path, line, problem = match["path"], match.groupdict().get("line", "0"), match["problem"]
    else:
        return None
    return Finding(
        tool="vulture",
        rule="parse-error",
        severity=Severity.ERROR,
        message=one_line(problem),
        path=shard.path(path),
        line=int(line) if line.isdigit() else 0,
    )


TOOL = Tool(
    name="vulture",
    kind=Kind.LINT,
    summary="Dead Python code",
    url="https://github.com/jendrikseipp/vulture",
    files=PYTHON_FILES,
    scope=Scope.PROGRAM,
    executable=PythonModule("vulture", distribution="vulture"),
    command=command,
    parse=parse,
    config_files=("pyproject.toml",),
    cost=Cost(startup=0.05, per_kib=0.0005),
    samples=(
        Sample(
            title="an argument that nobody uses, and code that nothing reaches",
            files={"a.py": "def f(value):\n    return 1\n    print('never')\n\n\nf(2)\n"},
            expected=(("a.py", "unused-variable", 1), ("a.py", "unreachable-code", 3)),
        ),
        Sample(
            title="an import that only another file uses",
            files={
                "pkg/__init__.py": "from pkg.a import f\n",
                "pkg/a.py": "import os\n\n\ndef f():\n    pass\n",
                "pkg/b.py": "from pkg import f\n\nf()\n",
            },
            expected=(("pkg/a.py", "unused-import", 1),),
        ),
    ),
)
