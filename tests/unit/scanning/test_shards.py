"""How files are cut into shards."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.domain.snapshot import ManifestRow
from pipeline_mcp.scanning.shards import make_shards
from pipeline_mcp.tools.contract import Cost, Scope
from pipeline_mcp.tools.registry import TOOLS

CHEAP = replace(TOOLS["ruff"], name="cheap", cost=Cost(startup=0.1, per_kib=0.0001))
SLOW = replace(TOOLS["ruff"], name="slow", cost=Cost(startup=0.1, per_kib=1.0))
WHOLE = replace(SLOW, name="whole", scope=Scope.PROGRAM)


def rows(count: int, size: int = 1024) -> list[ManifestRow]:
    return [ManifestRow(f"f{number:05}.py", 0o644, "0" * 64, size) for number in range(count)]


def test_a_cheap_tool_is_not_split() -> None:
    shards = make_shards({"cheap": (CHEAP, rows(50)), "slow": (SLOW, rows(50))}, {}, slots=2)
    assert [shard.tool.name for shard in shards].count("cheap") == 1


def test_a_tool_that_would_keep_one_place_busy_alone_is_split() -> None:
    shards = make_shards({"slow": (SLOW, rows(50))}, {}, slots=2)
    assert len(shards) > 1


def test_a_program_scoped_tool_is_never_split() -> None:
    shards = make_shards({"whole": (WHOLE, rows(5000))}, {}, slots=8)
    assert len(shards) == 1


def test_longest_shards_come_first() -> None:
    shards = make_shards({"cheap": (CHEAP, rows(3)), "slow": (SLOW, rows(50))}, {}, slots=2)
    costs = [shard.cost for shard in shards]
    assert costs == sorted(costs, reverse=True)


def test_learned_rates_replace_the_guess() -> None:
    work = {"cheap": (CHEAP, rows(50)), "slow": (SLOW, rows(50))}
    shards = make_shards(work, {"cheap": 1.0, "slow": 0.0}, slots=2)
    assert shards[0].tool.name == "cheap"


def test_one_command_line_never_carries_too_many_files() -> None:
    shards = make_shards({"cheap": (CHEAP, rows(10_000, size=1))}, {}, slots=1)
    assert max(len(shard.rows) for shard in shards) <= 2_000


@given(
    sizes=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=60),
    slots=st.integers(1, 16),
)
def test_every_file_is_in_exactly_one_shard(sizes: list[int], slots: int) -> None:
    files = [
        ManifestRow(f"{number}.py", 0o644, "0" * 64, size) for number, size in enumerate(sizes)
    ]
    shards = make_shards({"slow": (SLOW, files)}, {}, slots)
    assert sorted(row for shard in shards for row in shard.rows) == sorted(files)
    assert all(list(shard.rows) == sorted(shard.rows) for shard in shards)
