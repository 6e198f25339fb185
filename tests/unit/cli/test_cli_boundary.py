from __future__ import annotations

import errno
import re
from pathlib import Path

import click
import pytest
from fixtures.state import read_settings_anew

from pipeline_mcp.cli.boundary import exit_code
from pipeline_mcp.cli.exits import exit_code_of
from pipeline_mcp.cli.invocation import Invocation
from pipeline_mcp.domain.session import SessionStatus
from pipeline_mcp.errors import ServiceError, SettingError, UnknownSessionError


def _command(error: BaseException, *, debug: bool = False) -> click.Command:
    @click.command()
    @click.pass_obj
    def fail(invocation: Invocation) -> None:
        invocation.debug = debug
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (SettingError("PIPELINE_X", "is no number"), 2, "error: PIPELINE_X: is no number"),
        (UnknownSessionError("x"), 2, "List the sessions with `pipeline-mcp sessions`."),
        (ServiceError("broker", "it is away"), 2, "error: broker: it is away"),
        (click.UsageError("no such thing"), 2, "Error: no such thing"),
        (click.ClickException("no such file"), 2, "Error: no such file"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 2, "No space left on device: /x"),
        (PermissionError(errno.EACCES, "Permission denied", "/y"), 2, "Permission denied: /y"),
    ],
    ids=["setting", "session", "service", "usage", "click", "interrupt", "disk", "permission"],
)
def test_errors_are_sentences_with_their_exit_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(_command(error), []) == code
    printed = capsys.readouterr()
    assert said in printed.err
    assert "Traceback" not in printed.err
    assert printed.out == ""


@pytest.mark.usefixtures("state_dir")
def test_a_mistake_of_the_program_is_one_sentence_and_a_log(
    capsys: pytest.CaptureFixture[str], state_dir: Path
) -> None:
    assert exit_code(_command(ValueError("odd")), []) == 70
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert "ValueError: odd" in said
    named = re.search(r"The traceback is in (\S+\.log);", said)
    assert named is not None
    log = Path(named[1])
    assert log.parent == state_dir / "log"
    assert "Traceback" in log.read_text()


def test_the_log_goes_elsewhere_where_the_settings_are_broken(
    capsys: pytest.CaptureFixture[str],
    state_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    blocked = state_dir / "file"
    blocked.touch()
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(blocked / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_settings_anew()
    assert exit_code(_command(ValueError("odd")), []) == 70
    assert f"The traceback is in {tmp_path}/crash-" in capsys.readouterr().err


def test_debug_shows_the_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(_command(ValueError("odd"), debug=True), []) == 70
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (SessionStatus.PASSED, 0),
        (SessionStatus.FAILED, 1),
        (SessionStatus.INCOMPLETE, 3),
        (SessionStatus.CANCELLED, 3),
        (SessionStatus.RUNNING, 0),
        (SessionStatus.QUEUED, 0),
    ],
)
def test_a_status_has_its_exit_code(status: SessionStatus, code: int) -> None:
    assert exit_code_of(status) == code
