"""What a tool may use: the ways in which its run ends, and the limits that the kernel keeps."""

from __future__ import annotations

import functools
import math
import resource
import shutil
import subprocess
import sys
from enum import StrEnum

from pipeline_mcp.config.settings import ToolLimits

# The runner watches memory and processor time itself and says what was too much; the kernel's
# limits lie a little higher. They hold between two looks, and where nobody looks any more.
_SPARE_SECONDS = 2
_SPARE_MEMORY = 2


class Ending(StrEnum):
    """Why the process is no longer running."""

    EXITED = "exited"
    STOPPED = "stopped"
    TIMED_OUT = "timed out"
    TOO_MUCH_OUTPUT = "too much output"
    TOO_MUCH_CPU = "too much processor time"
    TOO_MUCH_MEMORY = "too much memory"
    TOO_MANY_PROCESSES = "too many processes"
    NO_ROOM = "no room"


def reason(ending: Ending, limits: ToolLimits) -> str:
    """The limit that a run which ended so went over, as a sentence that names the setting."""
    if ending is Ending.NO_ROOM:
        return "the disk of temporary files is full, so what it printed may be cut short (TMPDIR)"
    said, setting = {
        Ending.TIMED_OUT: (f"was stopped after {limits.timeout_seconds:g} s", "timeout_seconds"),
        Ending.TOO_MUCH_OUTPUT: (f"printed more than {_size(limits.output_bytes)}", "output_bytes"),
        Ending.TOO_MUCH_CPU: (
            f"used more than {limits.cpu_seconds:g} s of processor time",
            "cpu_seconds",
        ),
        Ending.TOO_MUCH_MEMORY: (
            f"used more than {_size(limits.memory_bytes)} of memory",
            "memory_bytes",
        ),
        Ending.TOO_MANY_PROCESSES: (
            f"ran more than {limits.processes} processes at once",
            "processes",
        ),
    }[ending]
    return f"it {said} ({_variable(setting)})"


def suspicion(stderr: str, limits: ToolLimits) -> str:
    """The limit that a tool which failed seems to have met, by its own words; empty for none."""
    said = stderr.lower()
    if "too many open files" in said:
        return f"it may open {limits.open_files} files at once ({_variable('open_files')})"
    if any(words in said for words in ("memoryerror", "cannot allocate memory", "out of memory")):
        return f"it may use {_size(limits.memory_bytes)} of memory ({_variable('memory_bytes')})"
    return ""


def launcher(limits: ToolLimits) -> list[str]:
    """The words in front of a tool's command line: a shell that limits itself and becomes the tool.

    Where the system can do so, the tool also ends with the thread that started it.
    """
    wanted = {
        "c": (resource.RLIMIT_CORE, 0),
        "n": (resource.RLIMIT_NOFILE, limits.open_files),
        "t": (resource.RLIMIT_CPU, math.ceil(limits.cpu_seconds) + _SPARE_SECONDS),
    }
    if sys.platform == "linux":
        # Not the address space: programs in Haskell and Go reserve far more than they use.
        wanted["d"] = (resource.RLIMIT_DATA, limits.memory_bytes * _SPARE_MEMORY)
    settings = "; ".join(f"ulimit -{flag} {_possible(*limit)}" for flag, limit in wanted.items())
    return [*_dying_with_parent(), "/bin/sh", "-c", f'{settings}; exec "$@"', "sh"]


def _possible(kind: int, value: int) -> str:
    """In the unit of `ulimit`; nobody but root may go above the limit of this process."""
    _, most = resource.getrlimit(kind)
    allowed = value if most == resource.RLIM_INFINITY else min(value, most)
    return str(allowed // 1024 if kind == resource.RLIMIT_DATA else allowed)


@functools.cache
def _dying_with_parent() -> tuple[str, ...]:
    program = shutil.which("setpriv")
    if program is None:
        return ()
    command = (program, "--pdeathsig", "KILL", "--")
    # There are programs of this name that do not know the option.
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else ()


def _variable(name: str) -> str:
    return f"PIPELINE_TOOL__{name.upper()}"


def _size(number: int) -> str:
    for power, unit in ((3, "GiB"), (2, "MiB"), (1, "KiB")):
        if number >= 1024**power:
            return f"{number / 1024**power:.3g} {unit}"
    return f"{number} bytes"
