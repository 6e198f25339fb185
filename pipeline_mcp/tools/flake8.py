"""flake8: pycodestyle, pyflakes, mccabe, and the plugins that are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.columns import Columns
from pipeline_mcp.tools.configuration import ini_section
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
from pipeline_mcp.tools.output import Shard
from pipeline_mcp.tools.python_rules import severity

# Characters that neither a name nor a message holds part the fields, so that both may hold
# line breaks and colons.
_START, _NEXT, _END = "\x1e", "\x1f", "\x1d"
_FIELDS = ("%(path)s", "%(row)d", "%(col)d", "%(code)s", "%(text)s")
_FORMAT = _START + _NEXT.join(_FIELDS) + _END
_RECORD = re.compile(
    rf"{_START}([^{_NEXT}]+){_NEXT}(\d+){_NEXT}(\d+){_NEXT}(\w+){_NEXT}([^{_END}]*){_END}\n"
)
# `count` and `statistics` of a repository's configuration print numbers below the findings.
_NUMBERS = re.compile(r"\d+(?: +[A-Z]+\d+ .*)?")


def command(job: Job) -> list[str]:
    """Check the shard, one record per finding."""
    options = ["--jobs=1", f"--format={_FORMAT}", "--no-show-source", "--color=never"]
    # The repository's configuration may not send the findings elsewhere.
    options += ["--output-file=", f"--extend-exclude={','.join(_excluded(job))}"]
    return [*options, *job.arguments, "--", *job.targets]


def _excluded(job: Job) -> Iterator[str]:
    """What the repository extends the exclusion by, and the content of excluded directories.

    flake8 leaves these out when it walks, but not when their files are named to it.
    """
    section = _section(job)
    extended = _patterns(section, "extend-exclude")
    yield from extended
    for pattern in _patterns(section, "exclude") + extended:
        yield f"{pattern}/*"
        if "/" not in pattern:
            yield f"*/{pattern}/*"


def _section(job: Job) -> dict[str, str]:
    """The first that has one wins, as flake8 does it."""
    for name in ("setup.cfg", "tox.ini", ".flake8"):
        section = ini_section(job.root / name, "flake8")
        if section is not None:
            return section
    return {}


def _patterns(section: dict[str, str], key: str) -> list[str]:
    value = section.get(key, section.get(key.replace("-", "_"), ""))
    return [part.rstrip("/") for part in re.split(r"[,\s]+", value) if part]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per record.

    Raises:
        ToolOutputError: flake8 printed something else, or ended otherwise than it printed.
    """
    completed.expect(0, 1)
    records = _RECORD.findall(completed.stdout)
    rest = _RECORD.sub("", completed.stdout)
    if not all(_NUMBERS.fullmatch(line) for line in rest.splitlines() if line):
        raise ToolOutputError(f"it printed what is no finding: {rest.strip()[:800]}")
    if bool(records) != bool(completed.exit_code):
        completed.expect()
    shard, columns = Shard(job), Columns(job.root)
    for name, row, column, code, text in records:
        path, line = shard.path(name), int(row)
        yield Finding(
            tool="flake8",
            rule=code,
            severity=severity(code),
            message=text,
            path=path,
            line=line,
            column=_column(columns, path, line, int(column), code),
        )


def _column(columns: Columns, path: str, line: int, column: int, code: str) -> int:
    """pycodestyle counts characters; pyflakes, mccabe and the plugins take what `ast` says."""
    if code.startswith(("E", "W")):
        return column
    return columns.in_characters(path, line, column)


TOOL = Tool(
    name="flake8",
    kind=Kind.LINT,
    summary="Python style and errors",
    url="https://flake8.pycqa.org/",
    # As flake8 itself: a stub is not written in the style of a program.
    files=FilePattern(suffixes=(".py",)),
    scope=Scope.FILE,
    executable=PythonModule("flake8", distribution="flake8"),
    command=command,
    parse=parse,
    config_files=("setup.cfg", "tox.ini", ".flake8"),
    cost=Cost(startup=0.1, per_kib=0.002),
    samples=(
        Sample(
            title="an unused import, and a name that nobody defines",
            files={"a.py": "import os\n\nprint(missing)\n", "good.py": "ONE = 1\n"},
            expected=(("a.py", "F401", 1), ("a.py", "F821", 3)),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": "x = 1\ndef f(:\n"},
            expected=(("broken.py", "E999", 2),),
        ),
        Sample(
            title="directories that the repository excludes",
            files={
                ".flake8": "[flake8]\nexclude =\n    build,\n    docs/api\n",
                "sub/build/a.py": "import os\n",
                "build/a.py": "import os\n",
                "docs/api/a.py": "import os\n",
                "api/a.py": "import os\n",
            },
            expected=(("api/a.py", "F401", 1),),
        ),
    ),
)
