"""Whatever is killed, nothing is left behind and what is needed comes back."""

from __future__ import annotations

import subprocess

from celery import Celery
from fixtures.stack_commands import (
    Commands,
    broker_answers,
    is_alive,
    kill,
    running,
    the_one,
    wait_until_down,
)
from fixtures.waiting import wait_until

from pipeline_mcp.config.settings import settings
from pipeline_mcp.embedded import valkey
from pipeline_mcp.embedded.planning import home_of
from pipeline_mcp.embedded.stack import status

WORKER, SERVER = "pipeline_mcp.embedded.worker", "valkey-server"


def test_a_killed_command_leaves_no_process_within_two_seconds(commands: Commands) -> None:
    command = commands()
    command.supervisor()
    hold_a_tool()
    kill(command.process.pid)
    wait_until_down(timeout=3.0)  # a second of it is for the machine that runs the tests


def test_a_killed_supervisor_takes_everything_along(commands: Commands) -> None:
    command = commands()
    supervisor = command.supervisor()
    hold_a_tool()
    command.process.send_signal(19)  # stopped, so that it does not bring the stack back
    kill(supervisor)
    wait_until(
        lambda: not running(SERVER) and not running(WORKER) and not running("sleep"),
        timeout=3.0,
        message="Valkey, the worker and its tool are gone",
    )
    command.process.kill()


def test_a_command_brings_a_killed_supervisor_back(commands: Commands) -> None:
    command = commands()
    before = command.supervisor()
    kill(before)
    wait_until(lambda: status().pid not in (None, before) and broker_answers())
    exit_code, said = command.leave()
    assert exit_code == 0
    assert "starting it again" in said
    wait_until_down()


def test_a_killed_valkey_comes_back_with_its_data(commands: Commands) -> None:
    commands().supervisor()
    the_one(WORKER)
    with Celery("client", config_source="celeryconfig", set_as_current=False) as app:
        with app.connection_for_write() as connection:
            connection.default_channel.client.set("kept", "yes")
            # everysec may lose the last second; this test is about what was written.
            connection.default_channel.client.waitaof(1, 0, 3000)
        before = the_one(SERVER)
        kill(before)
        wait_until(lambda: not is_alive(before))
        wait_until(broker_answers)
        with app.connection_for_read() as connection:
            assert connection.default_channel.client.get("kept") == b"yes"


def test_a_killed_worker_comes_back_and_its_tools_are_ended(commands: Commands) -> None:
    commands().supervisor()
    tool = hold_a_tool()
    before = the_one(WORKER)
    kill(before)
    wait_until(lambda: not is_alive(tool), message="the tool is gone")
    wait_until(lambda: running(WORKER) and the_one(WORKER) != before)


def test_a_worker_that_cannot_start_ends_the_command_with_the_log(commands: Commands) -> None:
    command = commands(application="no_such_app")
    command.supervisor()
    wait_until(lambda: command.process.poll() is not None, message="the command gave up")
    exit_code, said = command.leave()
    assert exit_code == 2
    assert "worker ended 4 times" in said
    assert "no_such_app" in said


def test_valkey_starts_anew_when_it_refuses_its_data(commands: Commands) -> None:
    command = commands()
    command.supervisor()
    command.leave()
    wait_until_down()
    data = home_of(settings()).data
    (history,) = data.glob("appendonlydir/*.incr.aof")
    history.write_bytes(b"*3\r\n$3\r\nSET\r\nno length here\r\n" * 3)
    commands().supervisor()
    assert broker_answers()
    assert data.with_name("valkey.damaged").is_dir()


def test_valkey_forgives_a_last_command_cut_short(commands: Commands) -> None:
    command = commands()
    command.supervisor()
    command.leave()
    wait_until_down()
    data = home_of(settings()).data
    (history,) = data.glob("appendonlydir/*.incr.aof")
    with history.open("ab") as stream:
        stream.write(b"*3\r\n$3\r\nSET\r\n$1\r\na")
    commands().supervisor()
    assert broker_answers()
    assert not data.with_name("valkey.damaged").exists()


def test_a_server_left_over_on_the_socket_is_ended(commands: Commands) -> None:
    home = home_of(settings())
    home.run.mkdir()
    home.data.mkdir()
    command = valkey.command(
        valkey.binary(), socket_path=settings().socket_path, directory=home.data
    )
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as leftover:
        wait_until(broker_answers)
        commands().supervisor()
        assert leftover.wait(10) == 0
    assert broker_answers()


def hold_a_tool() -> int:
    """Let the worker run a tool that does not end; gives the tool's process id."""
    with Celery("client", config_source="celeryconfig", set_as_current=False) as app:
        app.send_task("toy.hold")
    return the_one("sleep")
