"""Every sample of every tool says exactly what the real tool finds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.tools.contract import Sample, Tool
from pipeline_mcp.tools.registry import TOOLS

SAMPLES = [
    pytest.param(tool, sample, id=f"{name}: {sample.title}")
    for name, tool in TOOLS.items()
    for sample in tool.samples
]


@pytest.mark.parametrize(("tool", "sample"), SAMPLES)
def test_a_sample_expects_what_the_tool_finds(
    tool: Tool, sample: Sample, run_adapter: Callable[..., list[Finding]]
) -> None:
    found = run_adapter(tool, sample.files)
    assert sorted((item.path, item.rule, item.line) for item in found) == sorted(sample.expected)
    assert {item.tool for item in found} <= {tool.name}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_has_a_sample_with_a_finding(tool: Tool) -> None:
    assert any(sample.expected for sample in tool.samples)
