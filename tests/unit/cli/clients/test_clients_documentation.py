"""What the README and server.json say of the set-up is what the program makes and the code has.

`server.schema.json` is the MCP registry's own, as github.com/modelcontextprotocol/static has it
under schemas/2025-12-11; its licence (MIT) is beside it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import pipeline_mcp
from pipeline_mcp.cli.clients.catalogue import CLIENTS, Client, file_of, stdio_entry
from pipeline_mcp.cli.clients.editing import with_server
from pipeline_mcp.config.settings import Settings

ROOT = Path(__file__).parents[4]
README = (ROOT / "README.md").read_text()
SERVER: dict[str, Any] = json.loads((ROOT / "server.json").read_text())


@pytest.mark.parametrize("client", [each for each in CLIENTS.values() if "project" in each.files])
def test_the_readme_shows_what_the_program_prints(client: Client) -> None:
    file = file_of(client, "project", Path()).as_posix()
    shown = README.partition(f"{client.title} (`{file}`):\n")[2]
    block = re.search(r"```json\n(.*?)```", shown, re.DOTALL)
    assert block is not None
    entry = stdio_entry(client, "project", ["pipeline-mcp"])
    assert json.loads(block[1]) == json.loads(with_server("", client, "pipeline-mcp", entry))


def test_the_registrys_description_is_what_the_registry_takes() -> None:
    schema = json.loads((Path(__file__).parent / "server.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(SERVER)
    assert SERVER["$schema"] == schema["$id"]


def test_the_registrys_description_is_of_this_version() -> None:
    (package,) = SERVER["packages"]
    assert SERVER["version"] == package["version"] == pipeline_mcp.__version__
    assert f"mcp-name: {SERVER['name']} " in README  # the registry looks for it on PyPI
    for variable in package["environmentVariables"]:
        assert variable["name"].removeprefix("PIPELINE_").lower() in Settings.model_fields
