"""How many sessions one machine holds, what the ledger costs a unit, and how costs grow.

    python benchmarks/sessions.py [--part all|held|ledger|growth] [--most 1000]

On a real Valkey and a real Postgres. "Plain chords" is the same tools as a Celery chord for each
session with nothing written down: no snapshot, no database, no recovery. "One at a time" is a
session after the other, its tools one after the other. A waiting tool sleeps for half a second, as
one does that waits for a disk or a service; the real ones keep the cores busy.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services import peak_memory, services, until, worker

TOOLS = 4
WAIT_SECONDS = "0.5"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["all", "held", "ledger", "growth"], default="all")
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    with services() as root:
        from pipeline_mcp.db import migrate

        migrate.upgrade()
        workspace = _workspace(root)
        if options.part in ("all", "held"):
            _held(root, workspace, "waiting tools, 16 at once", _waiting(), 100, 16)
            _held(root, workspace, "real tools, 2 at once", _real(workspace), 20, 2)
        if options.part in ("all", "ledger"):
            _ledger()
            _end_to_end(root, workspace)
        if options.part in ("all", "growth"):
            _growth(root, workspace, options.most)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def _workspace(root: Path) -> Path:
    workspace = root / "workspace"
    workspace.mkdir()
    for number in range(20):
        lines = [f"def f_{n}(x: int) -> int:\n    return x + {n}\n" for n in range(40)]
        (workspace / f"module_{number}.py").write_text('"""A module."""\n\n\n' + "\n\n".join(lines))
    return workspace


def _waiting() -> dict[str, list[str]]:
    return {f"wait-{number}": ["sleep", WAIT_SECONDS] for number in range(TOOLS)}


def _real(workspace: Path) -> dict[str, list[str]]:
    python = [sys.executable, "-P", "-m"]
    files = [str(file) for file in sorted(workspace.glob("*.py"))]
    return {
        "own-black": [*python, "black", "--check", "--quiet", "--workers", "1", *files],
        "own-flake8": [*python, "flake8", "--isolated", "-j", "1", *files],
        "own-bandit": [*python, "bandit", "--quiet", *files],
        "own-pydocstyle": [*python, "pydocstyle", *files],
    }


def _held(
    root: Path, workspace: Path, title: str, tools: dict[str, list[str]], count: int, slots: int
) -> None:
    print(f"\n{title}: {count} sessions of {len(tools)} tools")
    _print_held("pipeline", *_pipeline(root, workspace, tools, count, slots))
    _print_held("plain chords", *_chords(root, workspace, tools, count, slots))
    _print_held("one at a time", *_one_at_a_time(workspace, tools, max(3, count // 20)))


def _print_held(name: str, accepted: float, seconds: float, held: int, count: int) -> None:
    rate = 60 * count / seconds
    print(
        f"  {name:<14} held {held:5d}   accepted in {accepted:6.2f} s   all ended in "
        f"{seconds:6.2f} s   {rate:7.1f} a minute"
    )


def _request(workspace: Path, tools: dict[str, list[str]]) -> Any:
    from pipeline_mcp.domain.session import SessionRequest

    definitions = tuple(
        {
            "name": name,
            "command": argv,
            "files": ["*.py"],
            "scope": "program",
            "exit_codes": list(range(256)),
            "parser": {"kind": "regex", "pattern": "(?P<path>nothing):(?P<message>.+)"},
        }
        for name, argv in tools.items()
    )
    return SessionRequest(
        str(workspace), "bench", tools=tuple(tools), custom_tools=definitions, use_cache=False
    )


def _pipeline(
    root: Path, workspace: Path, tools: dict[str, list[str]], count: int, slots: int
) -> tuple[float, float, int, int]:
    from record import statuses, unfinished

    from pipeline_mcp.sessions.submit import submit

    request = _request(workspace, tools)
    with worker(root, "tasks", slots):
        started = time.perf_counter()
        before = statuses()
        for _ in range(count):
            submit(request)
        accepted = time.perf_counter() - started
        held = unfinished()
        until(lambda: not unfinished(), seconds=900)
        seconds = time.perf_counter() - started
    _expect_passed(before, count)
    return accepted, seconds, held, count


def _chords(
    root: Path, workspace: Path, tools: dict[str, list[str]], count: int, slots: int
) -> tuple[float, float, int, int]:
    import plain_chords

    with worker(root, "plain_chords", slots):
        started = time.perf_counter()
        begun = [plain_chords.begin(list(tools.values()), str(workspace)) for _ in range(count)]
        accepted = time.perf_counter() - started
        held = sum(not one.ready() for one in begun)
        for one in begun:
            one.get(timeout=900)
        return accepted, time.perf_counter() - started, held, count


def _one_at_a_time(
    workspace: Path, tools: dict[str, list[str]], count: int
) -> tuple[float, float, int, int]:
    import plain_chords

    started = time.perf_counter()
    for _ in range(count):
        for argv in tools.values():
            plain_chords.run(argv, str(workspace))
    return 0.0, time.perf_counter() - started, 1, count


def _ledger(count: int = 500) -> None:
    """The statements of a unit, each step in the transaction that it has in a worker."""
    from ledger_cost import statements, steps

    times = steps(count)
    for name, said in statements().items():
        print(f"\n{name}: begin, {', '.join(said)}, commit", end="")
    print(f"\nledger, {count} units with 3 findings each, on Postgres, milliseconds a unit")
    for name, seconds in times.items():
        middle, slow = _spread(seconds)
        print(f"  {name:<28} median {middle:6.2f}   p99 {slow:6.2f}")


def _end_to_end(root: Path, workspace: Path, count: int = 50, slots: int = 2) -> None:
    """Tools that do nothing, so that what is around them is all there is."""
    import plain_chords

    tools = {f"none-{number}": ["true"] for number in range(10)}
    units = count * len(tools)
    ours = _pipeline(root, workspace, tools, count, slots)[1]
    chords = _chords(root, workspace, tools, count, slots)[1]
    with worker(root, "plain_chords", slots):
        started = time.perf_counter()
        for one in [plain_chords.nothing.delay() for _ in range(units)]:
            one.get(timeout=300)
        bare = time.perf_counter() - started
    print(f"\nend to end, {units} units of tools that do nothing, {slots} at once, ms a unit")
    print(f"  a Celery task                {bare / units * 1000:8.2f}")
    print(f"  ... that starts a process    {chords / units * 1000:8.2f}")
    print(f"  a unit, with its session     {ours / units * 1000:8.2f}")


def _growth(root: Path, workspace: Path, most: int) -> None:
    print("\ngrowth, sessions of one tool that does nothing; milliseconds")
    print(
        "  sessions | submit p50    p99 | status p50    p99 | list | reconcile "
        "| drained s | not passed | sent again | memory MiB"
    )
    for count in (10, 100, 1000):
        if count <= most:
            _grow(root, workspace, count)


def _grow(root: Path, workspace: Path, count: int) -> None:
    from record import forget_sessions, sent_again, statuses, unfinished

    from pipeline_mcp.sessions.follow import progress
    from pipeline_mcp.sessions.listing import sessions
    from pipeline_mcp.sessions.reconcile import reconcile
    from pipeline_mcp.sessions.submit import submit

    forget_sessions()
    request = _request(workspace, {"none": ["true"]})
    ids: list[str] = []
    submitted = [_timed(lambda: ids.append(submit(request))) for _ in range(count)]
    asked = [_timed(lambda each=each: progress(each)) for each in ids[:: max(1, count // 100)]]
    listed = statistics.median(_timed(lambda: sessions(limit=20)) for _ in range(20))
    reconciled = statistics.median(_timed(reconcile) for _ in range(10))
    with worker(root, "tasks", 2) as process:
        started = time.perf_counter()
        until(lambda: not unfinished(), seconds=1800, pause=0.2)
        drained = time.perf_counter() - started
        memory = peak_memory(process.pid)
    not_passed = count - statuses().get("passed", 0)
    submit_times, status_times = _spread(submitted), _spread(asked)
    print(
        f"  {count:8d} | {submit_times[0]:10.2f} {submit_times[1]:6.2f} "
        f"| {status_times[0]:10.2f} {status_times[1]:6.2f} | {listed * 1000:4.1f} "
        f"| {reconciled * 1000:9.2f} | {drained:9.1f} | {not_passed:10d} "
        f"| {sent_again():10d} | {memory:10d}"
    )


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _spread(seconds: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.99)] * 1000


def _expect_passed(before: dict[str, int], count: int) -> None:
    from record import statuses

    passed = statuses().get("passed", 0) - before.get("passed", 0)
    if passed != count:
        print(f"  NOT ALL PASSED: {passed} of {count}: {statuses()}")


if __name__ == "__main__":
    main()
