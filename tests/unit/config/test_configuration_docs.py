"""docs/configuration.md knows every setting, and its examples are valid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline_mcp.config.authentication import Authentication
from pipeline_mcp.config.environment import SWITCHES, variable
from pipeline_mcp.config.profiles import PROFILES
from pipeline_mcp.config.repository import read_repository_file
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.config.service_settings import GitHubSettings, HealthSettings
from pipeline_mcp.config.settings import Settings, ToolLimits
from pipeline_mcp.config.tool_settings import CustomTool

PAGE = Path(__file__).parents[3].joinpath("docs", "configuration.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_explained(name: str) -> None:
    assert re.search(rf"`{name}[`.]", PAGE)


@pytest.mark.parametrize("name", Settings.model_fields.keys() - RunSettings.model_fields.keys())
def test_every_setting_of_the_operator_has_its_variable(name: str) -> None:
    switches = {field: switch for switch, field in SWITCHES.items()}
    assert f"`{switches.get(name, variable(name))}" in PAGE


NESTED = (
    CustomTool,
    ToolLimits,
    GitHubSettings,
    HealthSettings,
    ServerSettings,
    Authentication,
)


@pytest.mark.parametrize("name", [name for model in NESTED for name in model.model_fields])
def test_every_nested_key_is_explained(name: str) -> None:
    assert re.search(rf"[`.]{name}`", PAGE)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_tool_of_a_profile_is_named(profile: str) -> None:
    section = PAGE.split("## Profiles")[1].split("\n## ")[0]
    assert {name for name in PROFILES[profile] if name not in section} == set()


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_are_valid(example: str, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(example)
    file = read_repository_file(tmp_path, trusted=True)
    assert file.problems == ()
    assert file.layer is not None


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
