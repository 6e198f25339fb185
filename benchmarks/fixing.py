"""From findings to a patch: the pipeline's verified one against fixers and linters by hand.

    python benchmarks/fixing.py GIT_DIRECTORY[@COMMIT] … [--runs 5] [--tools a,b]

Each repository is copied as it is in the commit, and every third Python file gets a function
with an unused import, a misspelling and bad layout. By hand: the fixers of the session's tools, one
after the other over the whole tree, then all its linters again over what came of it, one after the
other or, longest first, one process per core. That says whether the whole is worse; the pipeline
says it of each fix, and leaves out the bad ones. All take turns; figures are medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from by_hand import command, files_of, lint, row, run_one, state_of, timed, warm_stack

from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.registry import TOOLS

FIXERS = ("ruff", "codespell", "isort", "ruff-format", "black")
PLANTED = """

def planted( value ):
    # definately planted
    import json
    if value :
        return f"nothing"
    return   value
"""

Times = defaultdict[str, list[float]]


def main() -> None:
    options = _options()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    sys.stdout.reconfigure(line_buffering=True)
    for asked in options.repositories:
        with tempfile.TemporaryDirectory(prefix="bench-") as directory:
            base = Path(directory)
            repository = _copy(asked, base / "repository")
            _measure(base, repository, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repositories", nargs="+", metavar="GIT_DIRECTORY[@COMMIT]")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--tools", default="")
    return parser.parse_args()


def _copy(asked: str, target: Path) -> Path:
    """A repository of its own with one commit: what was planted is part of it."""
    place, _, commit = asked.partition("@")
    target.mkdir()
    archive = ["git", f"--git-dir={place}", "archive", "--format=tar", commit or "HEAD"]
    content = subprocess.run(archive, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", target], input=content, check=True)
    python = [path for path in files_of(target) if path.endswith(".py")]
    for path in python[::3]:
        with (target / path).open("a", encoding="utf-8") as file:
            file.write(PLANTED)
    _git(target, "init", "--quiet")
    _git(target, "add", "--all")
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    _git(target, *identity, "commit", "--quiet", "--message", "what is measured")
    size = sum((target / path).stat().st_size for path in python) // 1024
    print(f"\n{place}: {len(python)} Python files, {size} KiB, {len(python[::3])} planted")
    return target


def _measure(base: Path, repository: Path, options: argparse.Namespace) -> None:
    arguments = ["--tools", options.tools] if options.tools else []
    tools = _say_what_is_fixed(base, repository, arguments)
    cores = os.cpu_count() or 1
    alone = {tool.name: lint(base, repository, [tool], 1) for tool in tools}
    order = sorted(tools, key=lambda tool: -alone[tool.name])
    times: Times = defaultdict(list)
    for _ in range(options.runs):
        times["hand: linters, parallel"].append(lint(base, repository, order, cores))
        with _reset_afterwards(repository):
            times["hand: fixers"].append(timed(lambda: _fix_by_hand(base, repository, tools)))
            times["hand: linters again, one by one"].append(lint(base, repository, order, 1))
            times["hand: linters again, parallel"].append(lint(base, repository, order, cores))
        _time_pipeline(base, repository, arguments, times)
    for what, seconds in times.items():
        row(what, seconds)
    _print_ratios(times)


def _time_pipeline(base: Path, repository: Path, arguments: list[str], times: Times) -> None:
    fix = ("fix", str(repository), "--dry-run", "--quiet", *arguments)
    with state_of(base) as state:
        times["pipeline: from nothing, cold"].append(timed(lambda: command(state, *fix)))
        times["pipeline: the same again"].append(timed(lambda: command(state, *fix)))
    with state_of(base) as state:
        session = _scan(state, repository, arguments)["session_id"]
        patch = ("fix", session, "--dry-run", "--quiet")
        times["pipeline: from findings"].append(timed(lambda: command(state, *patch)))
    with state_of(base) as state:
        session = _scan(state, repository, arguments)["session_id"]
        patch = ("fix", session, "--dry-run", "--quiet")
        with warm_stack(state):
            seconds = timed(lambda: command(state, *patch))
        times["pipeline: from findings, stack kept by `up`"].append(seconds)


def _say_what_is_fixed(base: Path, repository: Path, arguments: list[str]) -> list[Tool]:
    """The tools that run here; printed is what is left, and what is worse, after both ways."""
    with state_of(base) as state:
        scan = _scan(state, repository, arguments)
        for tool in scan["tools"]:
            if tool["outcome"] != "ok":
                raise SystemExit(f"{tool['tool']} ended {tool['outcome']}: {tool['error']}")
        tools = [TOOLS[tool["tool"]] for tool in scan["tools"]]
        print(f"tools: {', '.join(tool.name for tool in tools)}")
        print(f"findings: {scan['summary']['findings']}")
        patch = base / "patch.diff"
        patch.write_text(command(state, "fix", str(repository), "--dry-run", "--quiet", *arguments))
        for way in ("the pipeline", "by hand"):
            with _reset_afterwards(repository):
                if way == "by hand":
                    _fix_by_hand(base, repository, tools)
                else:
                    _git(repository, "apply", str(patch))
                after = _scan(state, repository, [*arguments, "--base", "HEAD"])["summary"]
            print(f"after {way}: {after['findings']} findings, {after['new_findings']} new")
    return tools


def _scan(state: Path, repository: Path, arguments: list[str]) -> dict[str, Any]:
    said = command(state, "run", str(repository), "--quiet", "--format", "json", *arguments)
    report: dict[str, Any] = json.loads(said)
    return report


def _fix_by_hand(base: Path, repository: Path, tools: Sequence[Tool]) -> None:
    by_name = {tool.name: tool for tool in tools}
    for name in FIXERS:
        tool = by_name.get(name)
        if tool is not None and tool.fix_command is not None:
            run_one(base, repository, tool, tool.fix_command, files_of(repository))


@contextmanager
def _reset_afterwards(repository: Path) -> Iterator[None]:
    try:
        yield
    finally:
        _git(repository, "reset", "--quiet", "--hard")


def _print_ratios(times: Times) -> None:
    def ratio(what: str, ours: str, *theirs: str) -> None:
        by_hand = [sum(parts) for parts in zip(*(times[each] for each in theirs), strict=True)]
        pairs = zip(times[ours], by_hand, strict=True)
        print(f"{what}: {statistics.median(one / other for one, other in pairs):.2f}")

    again = ("hand: fixers", "hand: linters again, parallel")
    one_by_one = ("hand: fixers", "hand: linters again, one by one")
    for ours in ("pipeline: from findings", "pipeline: from findings, stack kept by `up`"):
        ratio(f"{ours} / fixers and linters again, parallel", ours, *again)
        ratio(f"{ours} / fixers and linters again, one by one", ours, *one_by_one)
    cold = "pipeline: from nothing, cold"
    ratio(f"{cold} / linters, fixers, linters, parallel", cold, "hand: linters, parallel", *again)


def _git(repository: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repository, check=True)


if __name__ == "__main__":
    main()
