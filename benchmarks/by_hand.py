"""The tools as one would run them without the pipeline, and the pipeline's own commands."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import ToolLimits
from pipeline_mcp.tools.contract import Job, Tool
from pipeline_mcp.tools.runner import run_tool


def lint(base: Path, repository: Path, tools: Sequence[Tool], processes: int) -> float:
    """Seconds for the tools' own command lines over all their files."""
    paths = files_of(repository)

    def run(tool: Tool) -> None:
        run_one(base, repository, tool, tool.command, paths)

    def run_all() -> None:
        with ThreadPoolExecutor(processes) as pool:
            list(pool.map(run, tools))

    return timed(run_all)


def run_one(
    base: Path,
    repository: Path,
    tool: Tool,
    command: Callable[[Job], list[str]],
    paths: Sequence[str],
) -> None:
    """One run of a tool, over those of the paths that it looks at."""
    argv = tool.executable.argv()
    assert argv is not None
    with tempfile.TemporaryDirectory(dir=base) as scratch:
        files = tuple(path for path in paths if tool.files.matches(path))
        job = Job(repository, files, Path(scratch))
        run_tool(
            [*argv, *command(job)],
            cwd=repository,
            environment=tool_environment(job.scratch),
            scratch=job.scratch,
            limits=ToolLimits(),
        )


def files_of(repository: Path) -> list[str]:
    """All files but git's own, relative, sorted."""
    found = (path.relative_to(repository) for path in repository.rglob("*") if path.is_file())
    return sorted(path.as_posix() for path in found if path.parts[0] != ".git")


@contextmanager
def state_of(base: Path) -> Iterator[Path]:
    """A state directory of its own: nothing is remembered."""
    # The stack that a command has started may still be writing its log when that ends.
    with tempfile.TemporaryDirectory(
        prefix="state-", dir=base, ignore_cleanup_errors=True
    ) as directory:
        yield Path(directory)


@contextmanager
def warm_stack(state: Path) -> Iterator[None]:
    """The stack, started before and kept."""
    command(state, "up")
    try:
        yield
    finally:
        command(state, "down")


def command(state: Path, *arguments: str) -> str:
    """What a command of the pipeline prints; it must not fail."""
    environment = os.environ | {"PIPELINE_STATE_DIR": str(state)}
    done = subprocess.run(
        [Path(sys.executable).parent / "pipeline-mcp", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1, 3):
        raise SystemExit(done.stderr)
    return done.stdout


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def row(what: str, times: Sequence[float]) -> None:
    """One line about several runs."""
    low, middle, high = min(times), statistics.median(times), max(times)
    print(f"{what:<46} median {middle:6.2f} s   ({low:.2f} to {high:.2f})")
