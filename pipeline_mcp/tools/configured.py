"""The tools that a configuration can speak of, and its mistakes in their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline_mcp.config.document import Key, shown
from pipeline_mcp.config.judging import did_you_mean
from pipeline_mcp.config.layers import Layer
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.errors import Problem
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.custom import definition_of, tool_from_definition
from pipeline_mcp.tools.registry import TOOLS


def configured_tools(current: RunSettings) -> dict[str, Tool]:
    """The built-in tools and the user's own, by name.

    Raises:
        SettingError: a tool of the user's own has the name of a built-in one.
    """
    own = (tool_from_definition(definition_of(*each)) for each in current.custom_tools.items())
    return TOOLS | {tool.name: tool for tool in own}


def name_problems(current: Settings) -> list[Problem]:
    """Every name of a tool, in every layer, that no tool has or that is taken."""
    known = [*TOOLS, *current.custom_tools]
    return [problem for layer in current.layers for problem in _in_layer(layer, known)]


def _in_layer(layer: Layer, known: Collection[str]) -> Iterator[Problem]:
    for key, name in _mentions(layer):
        if name not in known:
            said = f"no tool is called {shown(name)!r}{did_you_mean(name, known)}"
            yield _problem(layer, key, said)
    for name in layer.data.get("custom_tools", ()):
        if name in TOOLS:
            yield _problem(
                layer, ("custom_tools", name), "a built-in tool has this name; choose another"
            )


def _mentions(layer: Layer) -> Iterator[tuple[Key, str]]:
    for key in ("tools", "skip_tools"):
        for position, name in enumerate(layer.data.get(key, ())):
            yield (key, position), name
    for name in layer.data.get("tool_options", ()):
        yield ("tool_options", name), name


def _problem(layer: Layer, key: Key, message: str) -> Problem:
    origin = layer.locate(key)
    return Problem(origin.source, origin.line, origin.key, message)
