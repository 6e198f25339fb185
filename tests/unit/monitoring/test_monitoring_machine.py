"""Limits of control groups, of both versions, count before what the machine has."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.monitoring import machine

Tree = Callable[..., None]


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """Lays out `/proc/self/cgroup`, files of control groups and 8 GiB of memory, half in use."""
    (tmp_path / "meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\nHuge: x\n")
    monkeypatch.setattr(machine, "_MEMORY", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_OWN_CGROUP", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(8)), raising=False)

    def lay_out(own: str, **files: str) -> None:
        (tmp_path / "own").write_text(own)
        for name, content in files.items():
            file = tmp_path / "cgroup" / name.replace("__", "/").replace("-", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)

    return lay_out


def test_without_control_groups_the_machine_counts(cgroup: Tree) -> None:
    cgroup("")
    assert machine.processors() == 8
    found = machine.memory()
    assert found == machine.Memory(8 << 30, 4 << 30, is_container=False)
    assert found.percent == 50


def test_the_tightest_group_on_the_way_to_the_root_counts(cgroup: Tree) -> None:
    cgroup(
        "0::/a/b\n",
        **{
            "a__b__cpu-max": "300000 100000\n",
            "a__cpu-max": "150000 100000\n",
            "cpu-max": "max 100000\n",
            "a__memory-max": f"{1 << 30}\n",
            "a__memory-current": f"{700 << 20}\n",
            "a__memory-stat": f"anon 1\ninactive_file {200 << 20}\n",
            "a__b__memory-max": "max\n",
        },
    )
    assert machine.processors() == 1.5
    assert machine.memory() == machine.Memory(1 << 30, 500 << 20, is_container=True)


def test_the_first_version_of_control_groups_counts_too(cgroup: Tree) -> None:
    cgroup(
        "4:memory:/a\n3:cpu,cpuacct:/a\n",
        **{
            "cpu__a__cpu-cfs_quota_us": "50000\n",
            "cpu__a__cpu-cfs_period_us": "100000\n",
            "memory__a__memory-limit_in_bytes": f"{2 << 30}\n",
            "memory__a__memory-usage_in_bytes": f"{1 << 30}\n",
            "memory__memory-limit_in_bytes": "9223372036854771712\n",
            "memory__memory-usage_in_bytes": "1\n",
        },
    )
    assert machine.processors() == 0.5
    assert machine.memory() == machine.Memory(2 << 30, 1 << 30, is_container=True)


def test_minus_one_is_no_quota(cgroup: Tree) -> None:
    cgroup("3:cpu:/\n", **{"cpu__cpu-cfs_quota_us": "-1\n", "cpu__cpu-cfs_period_us": "100000\n"})
    assert machine.processors() == 8


def test_a_system_that_does_not_say_has_no_memory_to_speak_of(cgroup: Tree, tmp_path: Path) -> None:
    cgroup("")
    (tmp_path / "meminfo").unlink()
    assert machine.memory() is None
