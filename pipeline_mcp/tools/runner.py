"""Run one tool process within its limits, and end it with all that it has started."""

from __future__ import annotations

import errno
import os
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.tools import marks
from pipeline_mcp.tools.gauge import Gauge
from pipeline_mcp.tools.limits import Ending, launcher

# How often a running tool is looked at: stop requests and what it uses, seconds.
_TICK = 0.25
_PROBE = b"\0" * 4096


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """A process that has ended, with all of its group; times in seconds.

    `exit_code` is negative where a signal ended it. Output is decoded as UTF-8, bad bytes
    replaced. CPU time includes the children that the process waited for.
    """

    ending: Ending
    exit_code: int
    stdout: str
    stderr: str
    cpu_seconds: float
    wall_seconds: float


def run_tool(
    argv: Sequence[str],
    *,
    cwd: Path,
    environment: dict[str, str],
    scratch: Path,
    limits: ToolLimits,
    is_wanted: Callable[[], bool] = lambda: True,
) -> ProcessRun:
    """Run `argv` in `cwd` until it ends, or end it; all that it has started ends with it.

    `is_wanted` is asked while the tool runs; False stops it. Output goes to unnamed files in
    `scratch`, so that a tool that prints without end fills no pipe and no memory.

    This is where a sandbox wraps `argv`: every tool of every stage starts here and nowhere else.

    Raises:
        OSError: the program cannot be started.
    """
    _check_program(argv[0], environment)
    mark = marks.new_mark()
    with _unnamed(scratch) as stdout, _unnamed(scratch) as stderr:
        started = time.monotonic()
        marked = environment | {marks.VARIABLE: mark}
        process = _start([*launcher(limits), *argv], cwd, marked, (stdout, stderr))
        try:
            ending = _watch(process.pid, started, (stdout, stderr), limits, is_wanted)
        finally:
            usage = _reap(process, mark)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        return ProcessRun(
            ending=_reconsidered(ending, cpu_seconds, limits, stdout),
            exit_code=process.returncode,
            stdout=_text(stdout, limits.output_bytes),
            stderr=_text(stderr, limits.output_bytes),
            cpu_seconds=cpu_seconds,
            wall_seconds=time.monotonic() - started,
        )


def _start(
    argv: Sequence[str], cwd: Path, environment: dict[str, str], outputs: Sequence[IO[bytes]]
) -> subprocess.Popen[bytes]:
    stdout, stderr = outputs
    # A group of its own: one signal reaches whatever the tool has started.
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


def _check_program(name: str, environment: dict[str, str]) -> None:
    """The launcher could only end with a number, as the tool itself may."""
    if shutil.which(name, path=environment.get("PATH", os.defpath)) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def _watch(
    pid: int,
    started: float,
    outputs: Sequence[IO[bytes]],
    limits: ToolLimits,
    is_wanted: Callable[[], bool],
) -> Ending:
    deadline = started + limits.timeout_seconds
    gauge = Gauge(pid)
    while True:
        remaining = deadline - time.monotonic()
        if _has_exited(pid, min(_TICK, max(remaining, 0.0))):
            return Ending.EXITED
        if remaining <= 0:
            return Ending.TIMED_OUT
        if any(os.fstat(output.fileno()).st_size > limits.output_bytes for output in outputs):
            return Ending.TOO_MUCH_OUTPUT
        if (excess := gauge.excess(limits)) is not None:
            return excess
        if not is_wanted():
            return Ending.STOPPED


def _has_exited(pid: int, wait_seconds: float) -> bool:
    """Wait at most so long for the process to end, and leave it to be reaped."""
    if hasattr(os, "pidfd_open"):
        descriptor = os.pidfd_open(pid)
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            return bool(poller.poll(wait_seconds * 1000))
        finally:
            os.close(descriptor)
    until = time.monotonic() + wait_seconds
    while True:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)


def _reap(process: subprocess.Popen[bytes], mark: str) -> resource.struct_rusage:
    """End what is left of the run, and learn how the leader ended and what it used."""
    ended_by_itself = _has_exited(process.pid, 0.0)
    # The leader is not reaped yet, so its group's number cannot be anybody else's.
    _kill_group(process.pid)
    # Who was interrupted may have run for long, and numbers may have begun anew meanwhile.
    marks.end_run(mark, after=process.pid if ended_by_itself else 0)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # macOS says EPERM of a group in which only the zombie is left


def _reconsidered(
    ending: Ending, cpu_seconds: float, limits: ToolLimits, output: IO[bytes]
) -> Ending:
    """What no look at the running tool has shown."""
    if ending is not Ending.EXITED:
        return ending
    if cpu_seconds > limits.cpu_seconds:
        return Ending.TOO_MUCH_CPU  # the kernel was faster than our last look
    return Ending.EXITED if _has_room(output) else Ending.NO_ROOM


def _unnamed(directory: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=directory)


def _has_room(output: IO[bytes]) -> bool:
    """Many programs do not notice, or do not tell, that their output could not be written."""
    size = os.fstat(output.fileno()).st_size
    try:
        is_written = os.pwrite(output.fileno(), _PROBE, size) == len(_PROBE)
    except OSError:
        return False
    output.truncate(size)
    return is_written


def _text(output: IO[bytes], limit: int) -> str:
    output.seek(0)
    return output.read(limit).decode("utf-8", "replace")
