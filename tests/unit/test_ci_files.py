"""What users copy into their CI is valid: by the field's own checks, without running it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.requirements import require

from pipeline_mcp import __version__

ROOT = Path(__file__).parents[2]
WORKFLOW = ROOT / "examples" / "ci" / "pipeline-integration.yml"
GITLAB = ROOT / "examples" / "ci" / "gitlab-ci.yml"
ACTION = ROOT / "action.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PINNED = re.compile(r"uses: [\w-]+(?:/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+\n")


def check(program: str, *arguments: str | Path) -> None:
    done = subprocess.run(
        [require(program), *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


def steps(file: Path) -> Iterator[dict[str, Any]]:
    document = yaml.safe_load(file.read_text())
    for job in document.get("jobs", {}).values() or [document["runs"]]:
        yield from job["steps"]


def test_actionlint_and_shellcheck_find_nothing_in_the_workflow() -> None:
    check("actionlint", "-shellcheck", require("shellcheck"), "-pyflakes=", WORKFLOW)


@pytest.mark.parametrize(
    ("file", "schema", "options"),
    [
        (WORKFLOW, "vendor.github-workflows", ()),
        (ACTION, "vendor.github-actions", ()),
        (GITLAB, "vendor.gitlab-ci", ("--data-transform", "gitlab-ci")),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_files_follow_their_schema(file: Path, schema: str, options: tuple[str, ...]) -> None:
    check("check-jsonschema", "--builtin-schema", schema, *options, file)


def test_the_hooks_are_a_manifest_of_pre_commit() -> None:
    check("pre-commit", "validate-manifest", HOOKS)


@pytest.mark.parametrize("file", [WORKFLOW, ACTION], ids=lambda file: file.stem)
def test_zizmor_finds_no_way_in(file: Path) -> None:
    check("zizmor", "--offline", "--no-progress", "--min-severity=low", file)


@pytest.mark.parametrize("file", [WORKFLOW, ACTION, GITLAB, HOOKS], ids=lambda file: file.stem)
def test_yamllint_finds_nothing(file: Path) -> None:
    rules = "{line-length: {max: 100}, truthy: {check-keys: false}, document-start: disable,"
    rules += " comments: {min-spaces-from-content: 1}}"
    check("yamllint", "--strict", "-d", f"{{extends: default, rules: {rules}}}", file)


@pytest.mark.parametrize("file", [WORKFLOW, ACTION], ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_with_their_version(file: Path) -> None:
    text = file.read_text()
    assert len(PINNED.findall(text)) == text.count("uses: ") > 0


@pytest.mark.parametrize("file", [WORKFLOW, ACTION], ids=lambda file: file.stem)
def test_scripts_get_values_through_the_environment(file: Path, tmp_path: Path) -> None:
    scripts = [step["run"] for step in steps(file) if "run" in step]
    assert not any("${{" in script for script in scripts)
    for number, script in enumerate(scripts):
        (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash\n{script}")
    check("shellcheck", *tmp_path.iterdir())


def test_scripts_of_gitlab_are_good_shell(tmp_path: Path) -> None:
    jobs = yaml.safe_load(GITLAB.read_text())
    lines = [line for job in jobs.values() for line in job.get("script", [])]
    script = tmp_path / "script.sh"
    script.write_text("\n".join(["#!/bin/sh", *jobs[".pipeline-mcp"]["before_script"], *lines, ""]))
    check("shellcheck", script)


@pytest.mark.parametrize("file", [WORKFLOW, GITLAB], ids=lambda file: file.stem)
def test_what_they_install_is_this_version(file: Path) -> None:
    assert f"PIPELINE_MCP: pipeline-mcp=={__version__} " in file.read_text()
