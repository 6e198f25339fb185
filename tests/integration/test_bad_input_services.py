"""Services and state directories that cannot be used: which one, and what to do."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import pytest
from fixtures.mounts import on_a_small_disk
from fixtures.stack import Answer
from fixtures.warm_stack import Command
from sqlalchemy import make_url

SECRET = "hunter2"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text("import os\n")
    return root


def complaint(answer: Answer) -> str:
    assert answer.exit_code == 2, answer.stderr
    assert answer.stdout == ""
    assert answer.stderr.startswith("error: ")
    assert "Traceback" not in answer.stderr
    assert "mistake of this program" not in answer.stderr
    assert SECRET not in answer.stderr
    return answer.stderr


@pytest.fixture
def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1:{port}/0", "redis://user:" + SECRET + "@127.0.0.1:{port}/0"]
)
def test_a_broker_that_does_not_answer(
    cold: Command, workspace: Path, closed_port: int, url: str
) -> None:
    command = cold.with_settings(PIPELINE_BROKER_URL=url.format(port=closed_port))
    said = complaint(command("run", workspace))
    assert "nothing answers at PIPELINE_BROKER_URL (redis://" in said
    assert f"127.0.0.1:{closed_port}" in said


@pytest.mark.parametrize(
    "url", ["nonsense", "http://localhost/", "redis://localhost:port/0", "amqp://localhost"]
)
def test_a_url_of_no_broker(cold: Command, workspace: Path, url: str) -> None:
    said = complaint(cold.with_settings(PIPELINE_BROKER_URL=url)("run", workspace))
    assert said.startswith("error: PIPELINE_BROKER_URL: ")


@pytest.mark.parametrize("arguments", [["run", "."], ["status"], ["db", "upgrade"], ["up"]])
def test_a_database_that_does_not_answer(
    cold: Command, workspace: Path, closed_port: int, arguments: list[str]
) -> None:
    url = f"postgresql://user:{SECRET}@127.0.0.1:{closed_port}/none"
    said = complaint(cold.with_settings(PIPELINE_DATABASE_URL=url)(*arguments, cwd=workspace))
    assert "PIPELINE_DATABASE_URL (postgresql://user:***@127.0.0.1" in said
    assert "refused" in said


def test_a_database_that_refuses_the_password(
    cold: Command, workspace: Path, postgres_url: str
) -> None:
    # The server lets everybody in who asks at its socket, but not as somebody it does not know.
    url = make_url(postgres_url).set(username="stranger", password=SECRET)
    command = cold.with_settings(
        PIPELINE_DATABASE_URL=url.set(drivername="postgresql").render_as_string(False)
    )
    said = complaint(command("run", workspace))
    assert "PIPELINE_DATABASE_URL" in said
    assert "stranger" in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "Could not parse"),
        ("mysql://localhost/x", "use postgresql:// or sqlite:///"),
        ("postgresql://localhost:port/x", "port"),
        ("sqlite://", "no worker could see a database in memory"),
        ("sqlite:////no/such/directory/x.db", "unable to open database file"),
        ("sqlite:///{workspace}/a.py", "not a database"),
        ("sqlite:///{workspace}", "unable to open database file"),
    ],
)
def test_a_url_of_no_database(cold: Command, workspace: Path, url: str, said: str) -> None:
    (workspace / "a.py").write_text("import os\n" * 100)
    command = cold.with_settings(PIPELINE_DATABASE_URL=url.format(workspace=workspace))
    stderr = complaint(command("run", workspace))
    assert "PIPELINE_DATABASE_URL" in stderr
    assert said in stderr


def test_a_damaged_database_file(cold: Command, workspace: Path) -> None:
    state = Path(cold.environment["PIPELINE_STATE_DIR"])
    state.mkdir(mode=0o700)
    (state / "pipeline.db").write_bytes(b"this is none" * 1000)
    for arguments in (["run", workspace], ["status"]):
        said = complaint(cold(*arguments))
        assert f"{state / 'pipeline.db'}: file is not a database" in said


@pytest.mark.parametrize("arguments", [["run", "."], ["status"], ["up"], ["recover"]])
def test_a_file_where_the_state_directory_should_be(
    cold: Command, workspace: Path, arguments: list[str]
) -> None:
    command = cold.with_settings(PIPELINE_STATE_DIR=str(workspace / "a.py"))
    said = complaint(command(*arguments, cwd=workspace))
    assert "state directory" in said
    assert str(workspace / "a.py") in said


@pytest.mark.parametrize("arguments", [["run", "."], ["status"]])
def test_a_read_only_state_directory(
    cold: Command, workspace: Path, tmp_path: Path, arguments: list[str]
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = cold.with_settings(PIPELINE_STATE_DIR=str(disk / "state"))
    wrapped = command.wrapped(*on_a_small_disk(disk, "size=1m,ro"))
    said = complaint(wrapped(*arguments, cwd=workspace))
    assert "state directory" in said
    assert "ead-only file system" in said


def test_a_disk_that_is_full_from_the_start(cold: Command, workspace: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = cold.with_settings(PIPELINE_STATE_DIR=str(disk / "state"))
    fill = "{ head -c 2m /dev/zero > ballast 2> /dev/null || true; }"
    said = complaint(command.wrapped(*on_a_small_disk(disk, "size=1m", fill))("run", workspace))
    assert f"state directory: {disk}/state" in said
    assert "the disk is full" in said


# Runs a session on a disk that is too small for it, makes room, and continues the session.
RUN_MAKE_ROOM_RECOVER = """
"$1" run "$2" --tools ruff --quiet; echo $?
mount -o remount,size=64m "$3"
"$1" recover --quiet --format json
"""


def test_a_disk_that_fills_up_ends_the_command_and_loses_no_session(
    cold: Command, workspace: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    for number in range(400):  # every blob takes a page of the disk
        (workspace / f"b{number}.py").write_text(f"number = {number}\n")
    command = cold.with_settings(PIPELINE_STATE_DIR=str(disk / "state"))
    done = subprocess.run(
        [
            *on_a_small_disk(disk, "size=1m"),
            *("sh", "-c", RUN_MAKE_ROOM_RECOVER, "sh", command.program, workspace, disk),
        ],
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    exit_code, _, recovered = done.stdout.partition("\n")
    assert exit_code == "2", done.stderr
    first, second, *_ = [line for line in done.stderr.splitlines() if "warning" not in line]
    assert first == f"error: state directory: {disk}/state/run: the disk is full"
    assert second == "Make room, then continue the session with `pipeline-mcp recover`."
    [session] = json.loads(recovered)["sessions"]
    assert session["status"] == "failed"


def test_a_full_disk_of_temporary_files_is_incomplete(
    cold: Command, workspace: Path, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    (workspace / "a.py").write_text("import os\n" * 2000)
    command = cold.with_settings(TMPDIR=str(disk))
    wrapped = command.wrapped(*on_a_small_disk(disk, "size=64k"))
    answer = wrapped("run", workspace, "--tools", "ruff", "--quiet", "--format", "json")
    assert answer.exit_code == 3, answer.stderr
    assert answer.json["status"] == "incomplete"
    assert "the disk of temporary files is full" in answer.json["tools"][0]["error"]
