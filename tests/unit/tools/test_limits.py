"""What a tool may use, and what becomes of one that wants more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.scanning.judgement import judge_run
from pipeline_mcp.tools import limits as limits_module
from pipeline_mcp.tools.contract import FilePattern, Job, Kind, Scope, Tool
from pipeline_mcp.tools.limits import Ending, reason, suspicion
from pipeline_mcp.tools.marks import end_orphans
from pipeline_mcp.tools.runner import ProcessRun, run_tool

Run = Callable[..., ProcessRun]
MIB = 1024 * 1024

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="it needs /proc")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(code: str, **limits: float) -> ProcessRun:
        return run_tool(
            [sys.executable, "-P", "-c", code],
            cwd=tmp_path,
            environment=tool_environment(tmp_path),
            scratch=tmp_path,
            limits=ToolLimits(**limits),  # type: ignore[arg-type]
        )

    return run


def test_a_tool_that_computes_without_end_is_stopped(run: Run) -> None:
    done = run("while True: pass", cpu_seconds=0.4)
    assert done.ending is Ending.TOO_MUCH_CPU
    assert 0.4 < done.cpu_seconds < 5


def test_processor_time_of_all_processes_of_a_tool_counts(run: Run) -> None:
    code = "import os; os.fork()\nwhile True: pass"
    done = run(code, cpu_seconds=0.6)
    assert done.ending is Ending.TOO_MUCH_CPU


@linux_only
def test_a_tool_that_takes_too_much_memory_is_stopped(run: Run) -> None:
    code = f"import time; b = bytearray({200 * MIB}); b[::4096] = b[::4096]; time.sleep(60)"
    assert run(code, memory_bytes=150 * MIB).ending is Ending.TOO_MUCH_MEMORY


@linux_only
def test_memory_that_is_reserved_and_not_used_does_not_count(run: Run) -> None:
    options = "flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ"
    code = f"import mmap; m = mmap.mmap(-1, {400 * MIB}, {options}); print('fine')"
    assert run(code, memory_bytes=150 * MIB).stdout == "fine\n"


@linux_only
def test_memory_that_processes_share_counts_once(run: Run) -> None:
    code = (
        f"import os, time; b = bytearray({60 * MIB}); b[::4096] = b'x' * len(b[::4096])\n"
        "if os.fork() and os.fork() and os.fork(): time.sleep(0.8); print('fine')\n"
        "else: time.sleep(60)"
    )
    assert run(code, memory_bytes=150 * MIB).stdout == "fine\n"


@linux_only
def test_a_leap_between_two_looks_fails_by_the_kernel(run: Run) -> None:
    done = run(f"b = bytearray({400 * MIB}); print(len(b))", memory_bytes=150 * MIB)
    assert done.exit_code == 1
    assert "150 MiB of memory (PIPELINE_TOOL__MEMORY_BYTES)" in suspicion(
        done.stderr, ToolLimits(memory_bytes=150 * MIB)
    )


@linux_only
def test_a_tool_that_starts_too_many_processes_is_stopped_with_them(run: Run) -> None:
    code = "import subprocess, time; p = [subprocess.Popen(['sleep', '600']) for _ in range(9)];"
    done = run(f"{code} time.sleep(600)", processes=5)
    assert done.ending is Ending.TOO_MANY_PROCESSES


def test_a_tool_that_opens_too_many_files_is_told_so(run: Run) -> None:
    done = run("import os; f = [open(os.devnull) for _ in range(100)]", open_files=32)
    assert done.exit_code == 1
    assert "PIPELINE_TOOL__OPEN_FILES" in suspicion(done.stderr, ToolLimits(open_files=32))


def test_no_core_is_dumped(run: Run) -> None:
    done = run("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))")
    assert done.stdout == "(0, 0)\n"


@pytest.mark.parametrize("ending", [each for each in Ending if "too" in each or "timed" in each])
def test_every_reason_names_a_setting_there_is(ending: Ending) -> None:
    setting = reason(ending, ToolLimits()).rpartition("PIPELINE_TOOL__")[2].rstrip(")").lower()
    assert setting in ToolLimits.model_fields


def test_sizes_are_easy_to_read() -> None:
    sentence = reason(Ending.TOO_MUCH_MEMORY, ToolLimits(memory_bytes=4 * 1024 * MIB))
    assert sentence == "it used more than 4 GiB of memory (PIPELINE_TOOL__MEMORY_BYTES)"


def test_a_limit_met_is_the_outcome_of_the_unit(tmp_path: Path) -> None:
    outcome, said = judged(tmp_path, "while True: pass", ToolLimits(cpu_seconds=0.4))
    assert outcome is Outcome.TOOL_ERROR
    assert said == "it used more than 0.4 s of processor time (PIPELINE_TOOL__CPU_SECONDS)"


def test_a_limit_that_the_tool_complains_of_is_named_before_its_own_words(tmp_path: Path) -> None:
    code = "import os; f = [open(os.devnull) for _ in range(100)]"
    outcome, said = judged(tmp_path, code, ToolLimits(open_files=32))
    assert outcome is Outcome.TOOL_ERROR
    assert said.startswith("it may open 32 files at once (PIPELINE_TOOL__OPEN_FILES): it ended")


def judged(root: Path, code: str, limits: ToolLimits) -> tuple[Outcome, str]:
    class Python:
        def argv(self) -> list[str]:
            return [sys.executable, "-P", "-c", code]

        def version(self) -> str:
            return "1"

    def parse(_job: Job, completed: object) -> list[object]:
        completed.expect(0)  # type: ignore[attr-defined]
        return []

    tool = Tool(
        name="odd",
        kind=Kind.LINT,
        summary="",
        url="",
        files=FilePattern(),
        scope=Scope.FILE,
        executable=Python(),
        command=lambda job: [],
        parse=parse,  # type: ignore[arg-type]
    )
    judgement = judge_run(tool, Job(root, (), root), limits=limits, is_wanted=lambda: True)
    assert judgement is not None
    return judgement.result.outcome, judgement.result.reason


@linux_only
def test_what_left_the_group_ends_with_the_tool(
    run: Run, wait_until: Callable[..., object]
) -> None:
    code = "import subprocess; p = subprocess.Popen(['sleep', '600'], start_new_session=True)"
    pid = int(run(f"{code}; print(p.pid)").stdout)
    wait_until(lambda: is_gone(pid), timeout=2, message="the escaped process is gone")


@linux_only
def test_nothing_of_a_tool_outlives_its_worker_for_long(
    tmp_path: Path, wait_until: Callable[..., object]
) -> None:
    worker, pids = start_worker(tmp_path, wait_until)
    with worker:
        assert end_orphans() == 0
        worker.kill()
    if limits_module._dying_with_parent():
        wait_until(lambda: is_gone(pids[0]), timeout=2, message="the tool ended with its worker")
    wait_until(lambda: end_orphans() == 0, message="nothing is left to end")
    wait_until(lambda: all(map(is_gone, pids)), timeout=2, message="all of the tool is gone")


def start_worker(
    directory: Path, wait_until: Callable[..., object]
) -> tuple[subprocess.Popen[bytes], list[int]]:
    """A process that runs a tool, and the numbers of the tool and of its child."""
    told = directory / "pids"
    tool = (
        "import os, subprocess, pathlib, time; p = subprocess.Popen(['sleep', '600']);"
        f"pathlib.Path({str(told)!r} + '~').write_text(f'{{os.getpid()}} {{p.pid}}');"
        f"os.rename({str(told)!r} + '~', {str(told)!r}); time.sleep(600)"
    )
    code = (
        "import sys; from pathlib import Path\n"
        "from pipeline_mcp.config.settings import ToolLimits\n"
        "from pipeline_mcp.tools.runner import run_tool\n"
        f"run_tool([sys.executable, '-c', {tool!r}], cwd=Path('.'), environment={{}},"
        "scratch=Path('.'), limits=ToolLimits())"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=directory)
    wait_until(told.exists, message="the tool runs")
    return worker, [int(word) for word in told.read_text().split()]


def is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
