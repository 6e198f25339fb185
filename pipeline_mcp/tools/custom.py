"""Tools that the user defines: a command and a parser become a `Tool`."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline_mcp.config.document import key_name
from pipeline_mcp.config.tool_settings import FILES, CustomTool, NewToolName
from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.errors import SettingError
from pipeline_mcp.tools.contract import Completed, FilePattern, Job, Kind, Scope, Tool
from pipeline_mcp.tools.custom_parsers import read_output
from pipeline_mcp.tools.executables import Executable, Program
from pipeline_mcp.tools.registry import TOOLS

_NAME = TypeAdapter(NewToolName)
_WILDCARDS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class OwnProgram:
    """A program that cannot say its version: its content stands for it."""

    name: str

    def argv(self) -> list[str] | None:
        """Its absolute path, or None where it is not installed."""
        return Program(self.name).argv()

    def version(self) -> str:
        """The start of its sha256, or `unknown` where it is not installed."""
        argv = self.argv()
        if argv is None:
            return "unknown"
        facts = Path(argv[0]).stat()
        return _content_version(argv[0], facts.st_mtime_ns, facts.st_size)


def definition_of(name: str, tool: CustomTool) -> dict[str, Any]:
    """A JSON-ready picture, which `tool_from_definition` understands on any host."""
    return {"name": name, **tool.model_dump(mode="json", exclude_defaults=True)}


def tool_from_definition(definition: dict[str, Any]) -> Tool:
    """The tool that `definition` describes.

    Raises:
        SettingError: the definition is wrong, or has the name of a built-in tool.
    """
    fields = dict(definition)
    name = fields.pop("name", "")
    try:
        _NAME.validate_python(name)
        described = CustomTool.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = key_name(("custom_tools", name, *first["loc"]))
        raise SettingError(key, first["msg"]) from error
    if name in TOOLS:
        raise SettingError(f"custom_tools.{name}", "a built-in tool has this name; choose another")
    return _tool(name, described)


def _tool(name: str, described: CustomTool) -> Tool:
    return Tool(
        name=name,
        kind=Kind(described.kind),
        summary=described.summary,
        url=described.url,
        files=file_pattern(described.files),
        scope=Scope(described.scope),
        executable=_executable(described),
        command=lambda job: _arguments(described.command, job),
        parse=lambda job, completed: _findings(name, described, job, completed),
        fix_command=(lambda job: _arguments(described.fix, job)) if described.fix else None,
        config_files=described.config_files,
        adapter_version=_definition_version(described),
    )


def file_pattern(globs: Iterable[str]) -> FilePattern:
    """`*.py` and `.py` are suffixes, `Makefile*` is a name's glob, `docs/*.md` a path's glob."""
    suffixes, names, paths = [], [], []
    for glob in globs:
        tail = glob.removeprefix("*")
        if "/" in glob:
            paths.append(glob)
        elif tail.startswith(".") and not _WILDCARDS & set(tail):
            suffixes.append(tail)
        else:
            names.append(glob)
    return FilePattern(tuple(suffixes), tuple(names), tuple(paths), every="*" in names)


def _executable(described: CustomTool) -> Executable:
    program = described.command[0]
    if described.version_argument is None:
        return OwnProgram(program)
    return Program(program, version_argument=described.version_argument)


def _arguments(command: tuple[str, ...], job: Job) -> list[str]:
    """The command after its program; the operator's extra arguments stand before the files."""
    words: list[str] = []
    for word in command[1:]:
        words += [*job.arguments, *job.targets] if word == FILES else [word]
    return words if FILES in command else [*words, *job.arguments]


def _findings(
    name: str, described: CustomTool, job: Job, completed: Completed
) -> Iterator[Finding]:
    for finding in read_output(name, described, job, completed):
        yield replace(finding, fixable=True) if described.fix else finding


def _definition_version(described: CustomTool) -> int:
    """A number that changes with the definition, for what a result depends on."""
    text = json.dumps(described.model_dump(mode="json"), sort_keys=True)
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


@functools.cache
def _content_version(program: str, mtime_ns: int, size: int) -> str:
    """Read once per file state: `mtime_ns` and `size` are there for the cache's key."""
    content = Path(program).read_bytes()
    return f"sha256-{hashlib.sha256(content).hexdigest()[:12]}"
