"""Options, settings and surroundings that nobody wishes for: one sentence, exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest
from fixtures.stack import Answer
from fixtures.warm_stack import Command

CLEAN = '"""Nothing to say."""\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text(CLEAN)
    (root / "größe.py").write_text("import os\n")
    (tmp_path / "outside.py").write_text(CLEAN)
    return root


def complaint(answer: Answer) -> str:
    """What a command that could do nothing said, all of it."""
    assert answer.exit_code == 2, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert "mistake of this program" not in answer.stderr
    return answer.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--tools", "rufff"], ["No tool is called 'rufff'", "The tools are: ruff, "]),
        (["--skip-tools", "rufff"], ["No tool is called 'rufff'", "The tools are: ruff, "]),
        (["--tools", ","], ["'--tools'", "name at least one"]),
        (["--profile", "slow"], ["'slow'", "fast, standard, full"]),
        (["--format", "xml"], ["'xml'", "'text', 'json', 'sarif', 'junit', 'github', 'markdown'"]),
        (["--fail-on", "fatal"], ["'fatal'", "error, warning, info"]),
        (["--workers", "0"], ["'--workers'", "0"]),
        (["--priority", "10"], ["'--priority'", "10"]),
        (["--files", "missing.py"], ["missing.py does not exist"]),
        (["--files", "../outside.py"], ["../outside.py is outside the workspace"]),
        (["--files", "out.py"], ["out.py is outside the workspace"]),
        (["--files", "."], ["is a directory"]),
        (["--output", "no/such/directory/x"], ["--output no/such/directory/x", "does not exist"]),
        (["--output", "."], ["--output .", "is a directory"]),
        (["--write", "json=no/such/x"], ["--write no/such/x", "does not exist"]),
        (["--write", "x.json"], ["'--write'", "'x.json' is not FORMAT=FILE"]),
        (["--write", "json=x.json", "--detach"], ["--write", "--detach does not wait"]),
        (["--nonsense"], ["No such option", "--nonsense"]),
    ],
    ids=lambda value: "" if isinstance(value[0], str) and " " in value[0] else value[0],
)
def test_a_wrong_option_is_named_with_what_is_valid(
    warm: Command, workspace: Path, options: list[str], said: list[str]
) -> None:
    (workspace / "out.py").symlink_to(workspace.parent / "outside.py")
    stderr = complaint(warm("run", workspace, *options, cwd=workspace))
    for words in said:
        assert words in stderr


@pytest.mark.parametrize("command", ["status", "findings", "cancel", "recover"])
def test_a_session_that_does_not_exist(warm: Command, command: str) -> None:
    stderr = complaint(warm(command, "pipeline-1-deadbeef"))
    assert stderr == (
        "error: No session is called 'pipeline-1-deadbeef'.\n"
        "List the sessions with `pipeline-mcp sessions`.\n"
    )


@pytest.mark.parametrize("command", [["sessions"], ["findings", "{session}"]], ids=["s", "f"])
def test_a_cursor_that_no_page_ended_with(
    warm: Command, workspace: Path, command: list[str]
) -> None:
    session = warm("run", workspace, "--tools", "ruff", "--format", "json").json["session_id"]
    words = [word.format(session=session) for word in command]
    assert "cursor: " in complaint(warm(*words, "--cursor", "nonsense"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("tools: [", "pipeline.yaml:1: "),
        ("toools: [ruff]\n", "unknown key; did you mean 'tools'?"),
        ("profile: 7\n", "pipeline.yaml:1: profile: Input should be 'fast', 'standard' or 'full'"),
        ("\ntools: ruff\n", "pipeline.yaml:2: tools: Input should be a list"),
        ("tools: [rufff]\n", "pipeline.yaml:1: tools[0]: no tool is called 'rufff'"),
        ("database_url: sqlite:///x\n", "a repository cannot set this"),
        ("- a list\n", "it must be a mapping of keys to values"),
        ("a: !!python/object/apply:os.system [id]\n", "tags"),
        ("\xff\xfe", "it is not UTF-8"),
        ("#" * 70_000, "it is larger than 64 KiB"),
    ],
    ids=["syntax", "key", "type", "list", "tool", "operator", "root", "tag", "bytes", "size"],
)
def test_a_broken_pipeline_yaml_is_said_with_its_line(
    warm: Command, workspace: Path, content: str, said: str
) -> None:
    (workspace / "pipeline.yaml").write_bytes(content.encode("latin-1"))
    stderr = complaint(warm("run", workspace))
    assert stderr.startswith("error: pipeline.yaml")
    assert said in stderr


def test_a_pipeline_yaml_that_is_no_file(warm: Command, workspace: Path) -> None:
    file = workspace / "pipeline.yaml"
    file.symlink_to("/etc/passwd")
    assert "it is a symbolic link" in complaint(warm("run", workspace))
    file.unlink()
    os.mkfifo(file)
    assert "it is not a regular file" in complaint(warm("run", workspace))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PIPELINE_PROFILE", "slow"),
        ("PIPELINE_MAX_FILES", "many"),
        ("PIPELINE_TOOL__TIMEOUT_SECONDS", "-1"),
        ("PIPELINE_LOG_LEVEL", "loud"),
        ("PIPELINE_CONFIG_FILE", "/no/such/file.yaml"),
        ("PIPELINE_BROKER_URL", "amqp://localhost"),
        ("ENABLE_PARALLEL_PROCESSING", "perhaps"),
    ],
)
def test_a_wrong_variable_is_named(
    warm: Command, workspace: Path, variable: str, value: str
) -> None:
    stderr = complaint(warm.with_settings(**{variable: value})("run", workspace))
    assert variable in stderr or value in stderr


@pytest.mark.parametrize(
    "surroundings",
    [
        {"HOME": ""},
        {"HOME": "/no/such/home"},
        {"TERM": "dumb"},
        {"TERM": ""},
        {"LC_ALL": "C", "LANG": "", "PYTHONIOENCODING": "ascii"},
        {"COLUMNS": "wide", "LINES": "-1"},
        {"TMPDIR": "/no/such/directory"},
        {"TZ": "Nowhere/Land"},
        {"PATH": "/no/such/directory"},
        {"PATH": ""},
        {"PYTHONPATH": "/no/such/directory", "PYTHONWARNINGS": "default"},
    ],
    ids=lambda variables: ",".join(f"{name}={value}" for name, value in variables.items()),
)
def test_poor_surroundings_change_nothing(
    warm: Command, workspace: Path, surroundings: dict[str, str]
) -> None:
    answer = warm.with_settings(**surroundings)("run", workspace, "--tools", "ruff", "--quiet")
    assert (answer.exit_code, answer.stderr) == (1, "")
    assert "größe.py" in answer.stdout


def test_a_current_directory_that_is_gone(warm: Command, workspace: Path, tmp_path: Path) -> None:
    def run(*arguments: str | Path) -> Answer:
        gone = tmp_path / "gone"
        gone.mkdir()
        return warm(*arguments, cwd=gone, preexec_fn=gone.rmdir)

    assert run("run", workspace, "--tools", "ruff").exit_code == 1
    assert "The workspace . cannot be found" in complaint(run("run"))
    said = "The current directory no longer exists."
    assert said in complaint(run("run", workspace, "--output", "report.json"))
    assert said in complaint(run("config", "show"))


def test_closed_streams_change_neither_the_answer_nor_the_exit_code(
    warm: Command, workspace: Path
) -> None:
    (workspace / "größe.py").unlink()
    options = ("run", workspace, "--tools", "ruff", "--format", "json")

    for closed in ((0,), (1,), (2,), (0, 1, 2)):
        answer = warm(*options, preexec_fn=partial(_close, closed))
        assert answer.exit_code == 0, closed
        assert 1 in closed or answer.json["status"] == "passed"


def test_a_full_or_deserted_standard_error_changes_nothing(warm: Command, workspace: Path) -> None:
    (workspace / "größe.py").unlink()
    options = ("run", workspace, "--tools", "ruff", "--format", "json", "--no-cache")
    with Path("/dev/full").open("wb") as full:
        answer = warm(*options, stderr=full)
        assert (answer.exit_code, answer.json["status"]) == (0, "passed")
        assert warm("run", workspace / "missing", stderr=full).exit_code == 2
    answer = warm(*options, stderr=_deserted())
    assert (answer.exit_code, answer.json["status"]) == (0, "passed")


def test_a_reader_that_has_enough(warm: Command, workspace: Path) -> None:
    for arguments in (["run", workspace, "--tools", "ruff"], ["sessions"], ["tools"]):
        answer = warm(*arguments, stdout=_deserted())
        assert answer.exit_code == (1 if "run" in arguments else 0)
        assert "BrokenPipe" not in answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_full_disk_behind_standard_output(warm: Command, workspace: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        answer = warm("run", workspace, "--tools", "ruff", "--quiet", stdout=full)
    assert answer.exit_code == 2
    assert answer.stderr == (
        "error: The answer cannot be written to standard output: no space left on device.\n"
    )


def test_the_module_is_the_command(warm: Command, workspace: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline_mcp", "run", workspace / "missing"],
        env=warm.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "does not exist" in done.stderr) == (2, True)


def _close(streams: Iterable[int]) -> None:
    for stream in streams:
        os.close(stream)


def _deserted() -> int:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer
