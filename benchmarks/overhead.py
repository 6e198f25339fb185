"""What the pipeline adds over running the same tools by hand, cold and warm.

    python benchmarks/overhead.py [--runs 5] [--repository DIR] [--tools a,b] [--profile NAME]

Without --repository it copies installed packages until there are 300 Python files.
"By hand" is the best schedule on so many cores that one can write without cutting a tool's files:
every tool's very command line, longest first, one process per core. "Ideal" is the bound that no
schedule can beat: the longest tool that cannot be cut, or all the work shared evenly. Pipeline
and hand take turns in one run; figures are medians.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from by_hand import command, lint, row, state_of, timed, warm_stack

from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.registry import TOOLS

PYTHON_FILES = 300
PACKAGES = ("celery", "kombu", "alembic", "click", "rich")


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        base = Path(directory)
        repository = options.repository or _installed_packages(base / "repository")
        empty = base / "empty"
        empty.mkdir()
        _print_machine(repository)
        _measure_empty(base, empty, options.runs)
        tools = _applied_tools(base, repository, options)
        print(f"tools: {', '.join(tool.name for tool in tools)}\n")
        _measure_repository(base, repository, tools, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--repository", type=Path)
    parser.add_argument("--tools", default="")
    parser.add_argument("--profile", default="standard")
    return parser.parse_args()


def _installed_packages(target: Path) -> Path:
    """Packages that the product itself needs, whole, until there are enough files."""
    for name in PACKAGES:
        package = Path(importlib.import_module(name).__file__ or "").parent
        shutil.copytree(package, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        if len(list(target.rglob("*.py"))) >= PYTHON_FILES:
            break
    return target


def _print_machine(repository: Path) -> None:
    files = [path for path in repository.rglob("*.py") if path.is_file()]
    size = sum(path.stat().st_size for path in files) // 1024
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"repository: {len(files)} Python files, {size} KiB\n")


def _measure_empty(base: Path, empty: Path, runs: int) -> None:
    with state_of(base) as state:
        _pipeline(state, empty)  # creates the database, compiles the modules
        times = [timed(lambda: _pipeline(state, empty)) for _ in range(runs)]
    row("empty repository, stack started and stopped", times)
    with state_of(base) as state, warm_stack(state):
        _pipeline(state, empty)
        times = [timed(lambda: _pipeline(state, empty)) for _ in range(runs)]
    row("empty repository, stack kept by `up`", times)
    print()


def _measure_repository(
    base: Path, repository: Path, tools: list[Tool], options: argparse.Namespace
) -> None:
    alone = {tool.name: lint(base, repository, [tool], 1) for tool in tools}
    cores = os.cpu_count() or 1
    longest_whole = max((alone[tool.name] for tool in tools if not tool.is_shardable), default=0.0)
    ideal = max(longest_whole, sum(alone.values()) / cores)
    order = sorted(tools, key=lambda tool: -alone[tool.name])
    cold, hand, warm, changed = [], [], [], []
    arguments = _tool_arguments(options)
    for _ in range(options.runs):
        hand.append(lint(base, repository, order, cores))
        with state_of(base) as state:
            cold.append(timed(lambda: _pipeline(state, repository, *arguments)))
            warm.append(timed(lambda: _pipeline(state, repository, *arguments)))
            with _changed_file(repository):
                changed.append(timed(lambda: _pipeline(state, repository, *arguments)))
    for name, seconds in sorted(alone.items(), key=lambda item: -item[1]):
        print(f"  {name:<16} alone {seconds:7.2f} s")
    row("by hand, longest first, one process per core", hand)
    row("pipeline, cold (stack started, empty cache)", cold)
    row("pipeline, nothing changed", warm)
    row("pipeline, one file changed", changed)
    ratios = [ours / theirs for ours, theirs in zip(cold, hand, strict=True)]
    print(f"\ncold / by hand: median {statistics.median(ratios):.2f} (pair by pair)")
    print(f"cold / ideal ({ideal:.2f} s): {statistics.median(cold) / ideal:.2f}")


def _applied_tools(base: Path, repository: Path, options: argparse.Namespace) -> list[Tool]:
    """Ask the pipeline which tools it runs here; a tool that could not run cannot be compared."""
    with state_of(base) as state:
        report = json.loads(_pipeline(state, repository, *_tool_arguments(options)))
    failed = [tool for tool in report["tools"] if tool["outcome"] != "ok"]
    for tool in failed:
        print(f"left out: {tool['tool']} ended {tool['outcome']}: {tool['error']}")
    return [TOOLS[tool["tool"]] for tool in report["tools"] if tool["outcome"] == "ok"]


def _tool_arguments(options: argparse.Namespace) -> list[str]:
    if options.tools:
        return ["--tools", options.tools]
    return ["--profile", options.profile]


@contextmanager
def _changed_file(repository: Path) -> Iterator[None]:
    file = sorted(repository.rglob("*.py"))[0]
    content = file.read_bytes()
    file.write_bytes(content + b"\n# changed\n")
    try:
        yield
    finally:
        file.write_bytes(content)


def _pipeline(state: Path, repository: Path, *arguments: str) -> str:
    return command(state, "run", str(repository), "--quiet", "--format", "json", *arguments)


if __name__ == "__main__":
    main()
