"""`docs/mcp.md` has every parameter of the tools that it describes, with its default."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline_mcp.server.size import MOST_BYTES
from pipeline_mcp.server.tools import SERVED

PAGE = (Path(__file__).parents[3] / "docs" / "mcp.md").read_text()
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))
TOOLS = {tool.name: tool for tool in SERVED}


def test_every_tool_is_described_or_has_a_page() -> None:
    assert [name for name in TOOLS if f"`{name}`" not in PAGE] == []
    assert set(SECTIONS) <= set(TOOLS)


@pytest.mark.parametrize("name", SECTIONS)
def test_every_parameter_is_there_with_its_default(name: str) -> None:
    schema = TOOLS[name].as_sdk_tool().parameters
    for parameter in schema["properties"]:
        assert f"`{parameter}`" in SECTIONS[name]
        row = re.search(rf"^\| `{parameter}` \| ([^|]*)\|", SECTIONS[name], re.MULTILINE)
        default = inspect.signature(TOOLS[name].function).parameters[parameter].default
        if row and default not in (None, inspect.Parameter.empty):
            assert row[1].strip().strip("`") == shown(default)
        assert (f"**`{parameter}`**" in SECTIONS[name]) is (parameter in schema.get("required", ()))


@pytest.mark.parametrize("name", SECTIONS)
def test_the_scope_is_said(name: str) -> None:
    said = re.search(r"Needs\s+the\s+scope\s+`(\w+)`", SECTIONS[name])
    assert said is not None
    assert said[1] == TOOLS[name].scope


def test_the_promised_size_is_the_enforced_one() -> None:
    assert f"{MOST_BYTES:,} bytes" in PAGE


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
