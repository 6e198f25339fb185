"""The composite action and the GitLab template, as far as they run on this machine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import require
from fixtures.warm_stack import Command
from fixtures.workflows import Job, Runner

ROOT = Path(__file__).parents[2]


@pytest.fixture
def repository(git_repository: RepositoryFactory) -> GitRepository:
    source = "import os\n\nX = undefined\n"
    return git_repository({"shop.py": source, "pipeline.yaml": "tools: [ruff]\n"})


@pytest.fixture
def environment(warm: Command) -> dict[str, str]:
    programs = Path(require("pipeline-mcp")).parent
    return {**warm.environment, "PATH": f"{programs}:{warm.environment['PATH']}"}


def use(
    repository: GitRepository, scratch: Path, environment: dict[str, str], **inputs: str
) -> Job:
    """The action in a job of its own, after a check-out; it finds its environment ready."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    program = scratch / "action" / "temp" / "pipeline-mcp" / "venv" / "bin" / "pipeline-mcp"
    program.parent.mkdir(parents=True)
    program.symlink_to(require("pipeline-mcp"))
    repository.git("clone", "--quiet", str(repository.path), str(scratch / "action" / "work"))
    steps = action["runs"]["steps"]
    steps[-1]["env"]["PIPELINE_STATE_DIR"] = environment["PIPELINE_STATE_DIR"]  # it is warm
    outputs = {name: output["value"] for name, output in action["outputs"].items()}
    defaults = {name: each["default"] for name, each in action["inputs"].items()}
    assert not set(inputs) - set(defaults)
    github: dict[str, Any] = {"repository": "octocat/shop", "ref_name": "main", "run_id": "42"}
    github |= {"action_path": str(ROOT), "job": "lint"}
    runner = Runner(repository.path, scratch, github, environment, inputs=defaults | inputs)
    return runner.run_jobs({"jobs": {"action": {"steps": steps, "outputs": outputs}}})["action"]


def test_the_action_fails_where_the_gate_fails(
    repository: GitRepository, tmp_path: Path, environment: dict[str, str]
) -> None:
    job = use(repository, tmp_path / "run", environment)
    assert (job.result, job.exit_code) == ("failure", 1)
    assert (job.outputs["status"], job.outputs["exit-code"]) == ("failed", "1")
    assert (job.outputs["has-issues"], job.outputs["issues-count"]) == ("true", "2")
    reports = Path(job.outputs["reports"])
    assert {file.name for file in reports.iterdir()} == {
        *("report.json", "findings.sarif", "report.md", "junit.xml", "outputs")
    }
    assert "::error file=shop.py,line=3" in job.log


def test_the_action_makes_a_patch_and_may_pass_over_the_gate(
    repository: GitRepository, tmp_path: Path, environment: dict[str, str]
) -> None:
    job = use(repository, tmp_path / "run", environment, fix="true", fail="false")
    assert job.result == "success"
    assert (job.outputs["exit-code"], job.outputs["fixes-applied"]) == ("1", "1")
    assert job.outputs["has-patch"] == "true"
    repository.git("apply", "--check", f"{job.outputs['reports']}/fixes.patch")
    status = ["git", "-C", job.workspace, "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""


def test_the_action_is_never_content_with_what_is_incomplete(
    repository: GitRepository, tmp_path: Path, environment: dict[str, str]
) -> None:
    broken = {"command": ["false", "{files}"], "files": ["*"], "parser": {"kind": "sarif"}}
    operator = tmp_path / "operator.yaml"
    operator.write_text(json.dumps({"custom_tools": {"broken": broken}}))
    settings = environment | {"PIPELINE_CONFIG_FILE": str(operator)}
    job = use(repository, tmp_path / "run", settings, fail="false", tools="broken")
    assert (job.result, job.exit_code) == ("failure", 3)
    assert (job.outputs["status"], job.outputs["has-issues"]) == ("incomplete", "unknown")


def test_the_lines_of_the_gitlab_jobs_in_their_order(
    repository: GitRepository, environment: dict[str, str]
) -> None:
    jobs = yaml.safe_load((ROOT / "examples" / "ci" / "gitlab-ci.yml").read_text())
    shared = jobs.pop(".pipeline-mcp")
    install, *prepare = shared["before_script"]
    assert install == 'python -m pip install --quiet "$PIPELINE_MCP"'  # it is there
    codes = {}
    for name, job in jobs.items():
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join([*prepare, *job["script"]])],
            cwd=repository.path,
            env=environment | {"MAX_FIXES": shared["variables"]["MAX_FIXES"]},
            capture_output=True,
            text=True,
            check=False,
        )
        codes[name] = done.returncode
    # One finding is left after the patch, and is named at last.
    assert codes == dict.fromkeys(jobs, 1)
    reports = repository.path / "pipeline-reports"
    issues = json.loads((reports / "codequality.json").read_text())
    assert [issue["location"]["path"] for issue in issues] == ["shop.py", "shop.py"]
    assert "<testsuites" in (reports / "junit.xml").read_text()
    assert "issues_count=1\n" in (reports / "validate.env").read_text()
    assert repository.git("status", "--porcelain") == "M  shop.py\n"
