"""The workspace's own `pipeline.yaml`: the few keys that a repository may set."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline_mcp.config.document import read_document, shown
from pipeline_mcp.config.judging import problems_in
from pipeline_mcp.config.layers import Layer, file_layer
from pipeline_mcp.config.run_settings import RunSettings
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.errors import Problem

FILE_NAME = "pipeline.yaml"
_NOT_READ = ("pipeline.yml", ".pipeline.yaml", ".pipeline.yml")
# Whole keys that count only where the workspace is trusted.
_RUN_CODE = ("custom_tools", "proofs")


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """What a workspace says of its runs; `layer` is None where it has no `pipeline.yaml`.

    `notices` say what was left out, and `ignored_tools` are the names of the definitions that
    were left out because the workspace is not trusted.
    """

    layer: Layer | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    ignored_tools: tuple[str, ...] = ()


def read_repository_file(workspace: Path, *, trusted: bool) -> RepositoryFile:
    """Read `pipeline.yaml` in the root of `workspace`; its mistakes are data, not an exception.

    Without trust, what could run code is left out, and a notice says so.
    """
    notices = tuple(
        f"{name} is not read; the file must be called {FILE_NAME}."
        for name in _NOT_READ
        if (workspace / name).is_file()
    )
    document = read_document(workspace / FILE_NAME, source=FILE_NAME, follow=False)
    if document is None:
        return RepositoryFile(None, notices=notices)
    layer = file_layer("workspace", document)
    problems = (*document.problems, *map(_explained, problems_in(RunSettings, layer)))
    if trusted or problems:
        return RepositoryFile(layer, problems, notices)
    return _untrusted(layer, notices, workspace)


def with_repository(settings: Settings, file: RepositoryFile) -> Settings:
    """The settings of a run in that workspace: the file stands above the operator's file.

    Raises:
        ConfigurationError: the file has mistakes.
    """
    if file.layer is None:
        return settings
    below = [layer for layer in settings.layers if layer.kind == "operator"]
    above = [layer for layer in settings.layers if layer.kind != "operator"]
    return Settings.from_layers([*above, file.layer, *below])


def _explained(problem: Problem) -> Problem:
    """Tell a key that does not exist from one that is not the repository's to set."""
    name = problem.key.split(".")[0]
    if name in RunSettings.model_fields or name not in Settings.model_fields:
        return problem
    said = "a repository cannot set this; it belongs into the operator's file or the environment"
    return replace(problem, message=said)


def _untrusted(layer: Layer, notices: tuple[str, ...], workspace: Path) -> RepositoryFile:
    ignored = needs_trust(layer)
    if not ignored:
        return RepositoryFile(layer, notices=notices)
    custom = tuple(layer.data.get("custom_tools", ()))
    notice = (
        f"{FILE_NAME} has keys that can run code, which were ignored because this workspace is "
        f"not trusted: {', '.join(map(shown, ignored))}. "
        f"Trust it with `pipeline-mcp run {shlex.quote(str(workspace))} --trust`."
    )
    harmless = replace(layer, data=_harmless(layer.data, custom))
    return RepositoryFile(harmless, (), (*notices, notice), custom)


def needs_trust(layer: Layer) -> list[str]:
    """The keys of a correct file that count only where the workspace is trusted."""
    options = layer.data.get("tool_options", {})
    return [
        *(f"custom_tools.{name}" for name in layer.data.get("custom_tools", ())),
        *(f"proofs.{name}" for name in layer.data.get("proofs", ())),
        *(f"tool_options.{name}.args" for name in options if options[name].get("args")),
    ]


def _harmless(data: Mapping[str, Any], custom: tuple[str, ...]) -> dict[str, Any]:
    """The same without what can run code; options of an ignored tool have lost their tool."""
    kept = {name: value for name, value in data.items() if name not in _RUN_CODE}
    if "tool_options" in kept:
        kept["tool_options"] = {
            name: {key: value for key, value in options.items() if key != "args"}
            for name, options in kept["tool_options"].items()
            if name not in custom
        }
    for key in ("tools", "skip_tools"):
        if key in kept:
            kept[key] = [name for name in kept[key] if name not in custom]
    return kept
