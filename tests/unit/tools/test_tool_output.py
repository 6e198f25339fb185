"""How places are found in what a tool prints."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed, Job
from pipeline_mcp.tools.output import Shard, json_lines, json_output


def test_an_entry_begins_with_a_file_of_the_shard(make_job: Callable[..., Job]) -> None:
    shard = Shard(make_job("a.py", "a:1: b.py", "nl\nx.py", "é.py"))
    printed = "./a.py:1: one\na:1: b.py:2:3: two: 3:4: x\nnl\nx.py:4: three\né.py:5: four\n"
    assert list(shard.entries(printed)) == [
        ("a.py", 1, 0, "one"),
        ("a:1: b.py", 2, 3, "two: 3:4: x"),
        ("nl\nx.py", 4, 0, "three"),
        ("é.py", 5, 0, "four"),
    ]


def test_nothing_printed_is_nothing_found(make_job: Callable[..., Job]) -> None:
    assert list(Shard(make_job("a.py")).entries("\n")) == []


@pytest.mark.parametrize(
    "printed", ["Scanning\n", "a.py:1: x\nrest\n", "b.py:1: x\n", "x" * 20_000 + "\n" * 9]
)
def test_anything_else_is_a_tool_error(make_job: Callable[..., Job], printed: str) -> None:
    with pytest.raises(ToolOutputError, match="no finding"):
        list(Shard(make_job("a.py")).entries(printed))


def test_a_name_that_is_not_utf8_is_found_again(make_job: Callable[..., Job]) -> None:
    shard = Shard(make_job("b\udcff.py"))
    assert shard.path("./b\ufffd.py") == "b\udcff.py"
    assert shard.path("b\udcff.py") == "b\udcff.py"
    with pytest.raises(ToolOutputError, match="not asked about"):
        shard.path("other.py")


def test_json_that_is_none_says_what_the_tool_said() -> None:
    with pytest.raises(ToolOutputError, match="out of memory"):
        json_output(Completed(0, "[1,", "out of memory\n"))
    with pytest.raises(ToolOutputError, match="a line that is not JSON"):
        json_lines(Completed(0, "{}\nnonsense\n", ""))
    assert json_lines(Completed(0, "{}\n\n[]\n", "")) == [{}, []]


@pytest.mark.parametrize(
    ("exit_code", "said"),
    [
        (2, "it ended with exit code 2: no such option"),
        (-9, "it was killed by signal 9 (SIGKILL): no such option"),
        (-50, "it was killed by signal 50: no such option"),
    ],
)
def test_an_unexpected_end_is_told_with_what_the_tool_said_last(exit_code: int, said: str) -> None:
    with pytest.raises(ToolOutputError, match=re.escape(said)):
        Completed(exit_code, "", "no such option\n").expect(0, 1)
