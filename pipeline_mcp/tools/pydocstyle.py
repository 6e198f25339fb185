"""pydocstyle: the docstrings of public modules, classes and functions."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_mcp.domain.finding import Finding, Severity
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
from pipeline_mcp.tools.output import json_output


def command(job: Job) -> list[str]:
    """Check the shard; our driver takes pydocstyle's own arguments."""
    return [*job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per docstring that is missing or ill-formed, and per file that does not parse."""
    completed.expect(0)
    for found in json_output(completed)["findings"]:
        yield Finding(
            tool="pydocstyle",
            rule=found["rule"],
            severity=Severity(found["severity"]),
            message=found["message"],
            path=job.relative(found["path"]),
            line=found["line"],
        )


TOOL = Tool(
    name="pydocstyle",
    kind=Kind.LINT,
    summary="Python docstrings",
    url="https://www.pydocstyle.org/",
    # As pydocstyle itself, which also leaves out `test_*.py`.
    files=FilePattern(suffixes=(".py",)),
    scope=Scope.FILE,
    executable=PythonModule(
        "pydocstyle", distribution="pydocstyle", driver="pipeline_mcp.analysers.docstrings"
    ),
    command=command,
    parse=parse,
    config_files=(
        "setup.cfg",
        "tox.ini",
        ".pydocstyle",
        ".pydocstyle.ini",
        ".pydocstylerc",
        ".pydocstylerc.ini",
        "pyproject.toml",
    ),
    cost=Cost(startup=0.1, per_kib=0.001),
    samples=(
        Sample(
            title="a function without a docstring",
            files={"a.py": '"""A."""\n\n\ndef f():\n    return 1\n'},
            expected=(("a.py", "D103", 4),),
        ),
        Sample(
            title="a file that does not parse",
            files={"broken.py": '"""Broken."""\n\n\ndef f(:\n'},
            expected=(("broken.py", "parse-error", 4),),
        ),
    ),
)
