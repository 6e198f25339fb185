"""docs/security.md knows every tool, its scope and its toolset, and its example is valid."""

from __future__ import annotations

import os
import re
from pathlib import Path

import yaml

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.server.tools import SERVED

FILE = Path(__file__).parents[3] / "docs" / "security.md"
HEAD = "| tool | scope | changes something | toolset |\n|---|---|---|---|\n"


def test_the_table_of_scopes_is_true() -> None:
    rows = ""
    for tool in SERVED:
        changes = "yes" if tool.always_changes else "sometimes" if tool.changing else "no"
        rows += f"| `{tool.name}` | `{tool.scope}` | {changes} | `{tool.toolset}` |\n"
    page = FILE.read_text()
    before, after = page.split(HEAD)
    written = re.match(r"(\|.*\n)*", after)
    assert written is not None
    if os.environ.get("UPDATE_TOOLS"):
        FILE.write_text(f"{before}{HEAD}{rows}{after.removeprefix(written.group())}")
        return
    assert written.group() == rows, "UPDATE_TOOLS=1 pytest this file writes the table"


def test_the_example_is_valid() -> None:
    examples = re.findall(r"^```yaml\n(.*?)^```", FILE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(examples) == 1
    settings = Settings.model_validate(yaml.safe_load(examples[0]))
    assert settings.auth.expected_audience == "https://quality.example.org/mcp"
