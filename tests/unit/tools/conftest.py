"""Runs real tools over small trees, the way a unit does, and hands back their findings."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.tools.contract import Completed, Job, Tool

Tree = Mapping[str, str | bytes]


@pytest.fixture
def make_job() -> Callable[..., Job]:
    """`make_job("a.py", …)`: a job over files that nobody reads, to try `parse` alone."""

    def make(*files: str, **options: Any) -> Job:
        return Job(Path("/tree"), tuple(sorted(files)), Path("/scratch"), **options)

    return make


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a short name, as a unit has it: black puts a unix socket below it."""
    with tempfile.TemporaryDirectory(prefix="unit-") as directory:
        yield Path(directory)


@pytest.fixture
def run_adapter(short_path: Path) -> Callable[..., list[Finding]]:
    """`run_adapter(tool, files, **job_options)`: the real tool's findings, in their order.

    `files` maps paths to content. All of them are written, the tool is given those that it
    looks at, so a configuration file is simply one more entry.
    """

    def run(tool: Tool, files: Tree, **options: Any) -> list[Finding]:
        job = _job(short_path, tool, files, options)
        found = tool.parse(job, _completed(tool, job, tool.command(job)))
        return sorted(found, key=lambda finding: finding.order)

    return run


@pytest.fixture
def fix_adapter(short_path: Path) -> Callable[..., dict[str, bytes]]:
    """`fix_adapter(tool, files, **job_options)`: the content of `files` after the tool's fixer."""

    def fix(tool: Tool, files: Tree, **options: Any) -> dict[str, bytes]:
        assert tool.fix_command is not None
        job = _job(short_path, tool, files, options)
        _completed(tool, job, tool.fix_command(job))
        return {path: Path(job.root, path).read_bytes() for path in files}

    return fix


def _job(directory: Path, tool: Tool, files: Tree, options: dict[str, Any]) -> Job:
    # A test may run several trees, and a `pyproject.toml` of one must not reach the other.
    home = Path(tempfile.mkdtemp(dir=directory))
    root, scratch = home / "tree", home / "scratch"
    root.mkdir()
    scratch.mkdir()
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    shard = tuple(sorted(path for path in files if tool.files.matches(path)))
    return Job(root, shard, scratch, **options)


def _completed(tool: Tool, job: Job, arguments: list[str]) -> Completed:
    start = tool.executable.argv()
    if start is None:
        _miss(tool)
    process = subprocess.run(
        [*start, *arguments],
        cwd=job.root,
        env=tool_environment(job.scratch),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=100,
        check=False,
    )
    stdout, stderr = (out.decode("utf-8", "replace") for out in (process.stdout, process.stderr))
    return Completed(process.returncode, stdout, stderr)


def _miss(tool: Tool) -> NoReturn:
    reason = f"{tool.name} is not installed"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
