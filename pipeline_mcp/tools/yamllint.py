"""yamllint: syntax and style of YAML files."""

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
from pipeline_mcp.tools.output import Shard, json_lines, one_line

# yamllint's own two levels.
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING}


def command(job: Job) -> list[str]:
    """Lint the shard with the repository's configuration, or a relaxed one where it has none."""
    return [*job.arguments, "--", *job.targets]


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per problem; a file that is not YAML is a finding too."""
    completed.expect(0)
    shard = Shard(job)
    for problem in json_lines(completed):
        yield Finding(
            tool="yamllint",
            rule=problem["rule"],
            severity=_SEVERITIES[problem["level"]],
            message=one_line(problem["message"]).removesuffix(" (syntax)"),
            path=shard.path(problem["file"]),
            line=problem["line"],
            column=problem["column"],
        )


TOOL = Tool(
    name="yamllint",
    kind=Kind.LINT,
    summary="Syntax and style of YAML",
    url="https://yamllint.readthedocs.io/",
    files=FilePattern(suffixes=(".yaml", ".yml"), names=(".yamllint",)),
    scope=Scope.FILE,
    executable=PythonModule(
        "yamllint", distribution="yamllint", driver="pipeline_mcp.tools.yamllint_run"
    ),
    command=command,
    parse=parse,
    config_files=(".yamllint", ".yamllint.yaml", ".yamllint.yml"),
    cost=Cost(startup=0.1, per_kib=0.01),
    samples=(
        Sample(
            title="a key that stands twice",
            files={"a.yaml": "name: one\nname: two\n"},
            expected=(("a.yaml", "key-duplicates", 2),),
        ),
        Sample(
            title="a file that is not YAML",
            files={"broken.yml": "list: [1, 2\nother: }\n"},
            expected=(("broken.yml", "syntax", 2),),
        ),
    ),
)
