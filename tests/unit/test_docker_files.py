"""What the images leave out, and what the files of the stack promise."""

from __future__ import annotations

import runpy
from pathlib import Path

import yaml

from pipeline_mcp.tools.registry import TOOLS

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
_SCRIPT = runpy.run_path(str(DOCKER / "requirements.py"))
LINT_TOOLS = _SCRIPT["distributions"](DOCKER / "lint-tools.txt")


def test_the_front_end_leaves_out_the_lint_tools_and_nothing_else() -> None:
    everything = _SCRIPT["requirements"](ROOT / "setup.cfg")
    left = _SCRIPT["requirements"](ROOT / "setup.cfg", LINT_TOOLS)
    ours = {tool.executable.distribution for tool in TOOLS.values()} - {"pipeline-mcp"}
    assert ours == LINT_TOOLS
    assert len(everything) - len(left) == len(LINT_TOOLS)


def test_nothing_of_the_stack_is_published_beyond_this_machine() -> None:
    stack = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    published = [
        port for service in stack["services"].values() for port in service.get("ports", ())
    ]
    assert published
    assert all(":-127.0.0.1:" in port for port in published)


def test_no_service_of_the_stack_has_rights_to_spare() -> None:
    stack = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    for name, service in stack["services"].items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "mem_limit" in service or name == "migrations", name
