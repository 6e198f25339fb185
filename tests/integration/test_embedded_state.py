"""State directories that cannot be used: a clear sentence; and those that only look so."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.stack_commands import Commands, broker_answers, the_one, wait_until_down
from fixtures.state import read_settings_anew

from pipeline_mcp.config.settings import settings
from pipeline_mcp.embedded.planning import home_of, plan_for
from pipeline_mcp.embedded.stack import connected
from pipeline_mcp.embedded.state_directory import prepare
from pipeline_mcp.errors import ServiceError

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that")


def test_a_path_too_long_for_a_socket_works(
    toy_app: str, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = state_dir.joinpath(*["a-rather-long-directory-name"] * 5)
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(deep))
    read_settings_anew()
    assert not settings().socket_path.is_relative_to(deep)
    with connected(application=toy_app):
        assert broker_answers()
    wait_until_down()
    settings().socket_path.parent.rmdir()


@only_root
def test_the_stand_in_for_a_long_path_must_be_ours_alone(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_STATE_DIR", str(state_dir / ("d" * 120)))
    read_settings_anew()
    planted = settings().socket_path.parent
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    try:
        with pytest.raises(ServiceError, match="other users may enter it"):
            prepare(settings().state_dir, plan_for(settings(), None))
    finally:
        planted.rmdir()


def test_a_file_in_the_way_is_said(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state_dir / "file").touch()
    for path in (state_dir / "file", state_dir / "file" / "below"):
        monkeypatch.setenv("PIPELINE_STATE_DIR", str(path))
        read_settings_anew()
        with pytest.raises(ServiceError, match="is, or lies below, a file") as caught:
            connected().__enter__()
        assert "PIPELINE_STATE_DIR" in str(caught.value.next_step)


@only_root
def test_a_directory_of_somebody_else_is_said(state_dir: Path) -> None:
    os.chown(state_dir, 12345, 12345)
    with pytest.raises(ServiceError, match="belongs to the user with the number 12345"):
        connected().__enter__()


@only_root
def test_a_full_disk_is_said(tiny_disk: Path) -> None:
    (tiny_disk / "ballast").write_bytes(b"\0" * tiny_disk_free(tiny_disk))
    with pytest.raises(ServiceError, match="the disk is full"):
        connected().__enter__()


@only_root
def test_a_read_only_file_system_is_said(tiny_disk: Path) -> None:
    _mount("-o", "remount,ro", str(tiny_disk))
    with pytest.raises(ServiceError, match="cannot be written"):
        connected().__enter__()


def test_stale_sockets_locks_and_process_ids_do_no_harm(commands: Commands) -> None:
    home = home_of(settings())
    home.run.mkdir()
    settings().socket_path.touch()
    home.clients.touch()
    home.supervisor.write_text(f'{{"pid": {os.getpid()}, "identity": "old", "workers": 9}}')
    command = commands()
    assert command.supervisor() != os.getpid()
    assert broker_answers()
    assert command.leave() == (0, "")


def test_what_the_stack_writes_is_for_its_user_alone(commands: Commands) -> None:
    commands().supervisor()
    the_one("pipeline_mcp.embedded.worker")
    home = home_of(settings())
    for directory in (home.run, home.logs, home.data):
        assert directory.stat().st_mode & 0o077 == 0, directory
    assert settings().socket_path.stat().st_mode & 0o077 == 0


@pytest.fixture
def tiny_disk(state_dir: Path) -> Iterator[Path]:
    """The state directory, on a file system of its own of one megabyte."""
    _mount("-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(state_dir))
    yield state_dir
    subprocess.run(["umount", "--lazy", str(state_dir)], check=True)


def tiny_disk_free(path: Path) -> int:
    """How many bytes are free; what remains is less than a page."""
    found = os.statvfs(path)
    # The directories that `prepare` makes need no blocks on a tmpfs.
    return found.f_bavail * found.f_frsize


def _mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"this machine lets nobody mount: {done.stderr.strip()}")
