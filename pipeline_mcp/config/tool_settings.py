"""What may be said of tools: options of a tool, and definitions of the user's own tools."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

import re2
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from pipeline_mcp.domain.finding import Severity

# What a pattern may name; the others of a finding's facts are ours to know.
FACTS = ("path", "line", "column", "end_line", "end_column", "rule", "severity", "message")

_TOOL_NAME = re.compile(r"[a-z0-9-]{1,40}")
FILES = "{files}"
# The memory that one compiled pattern may use, bytes.
_PATTERN_MEMORY = 1 << 20


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _checked_glob(glob: str) -> str:
    if glob.startswith("/") or ".." in glob.split("/"):
        raise ValueError("a glob is relative to the workspace and stays inside it")
    return glob


Glob = Annotated[
    str, StringConstraints(min_length=1, max_length=512), AfterValidator(_checked_glob)
]
Word = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")]

Command = Annotated[tuple[Word, ...], Field(min_length=1)]


class ToolOptions(_Strict):
    """Options of one tool; `args` can make some tools run code, so it needs a trusted source."""

    args: tuple[Word, ...] = ()
    exclude: tuple[Glob, ...] = ()


def _checked_name(name: str) -> str:
    if not _TOOL_NAME.fullmatch(name):
        raise ValueError("a tool's name is 1 to 40 of a-z, 0-9 and -")
    return name


NewToolName = Annotated[str, AfterValidator(_checked_name)]


def _split(way: Any) -> Any:
    if isinstance(way, str):
        return tuple(way.split(".")) if way else ()
    return way


# The way into a JSON value: `results.*.issues`, or a list where a key has a dot in it.
KeyPath = Annotated[tuple[Word, ...], BeforeValidator(_split)]
FactPath = Annotated[KeyPath, Field(min_length=1)]


class SarifParser(_Strict):
    """The program prints SARIF 2.1.0."""

    kind: Literal["sarif"]


class JsonParser(_Strict):
    """The program prints JSON; `findings` leads to the list of findings, `*` through a list.

    The other paths start at a finding; what is not there is looked for in the objects around
    it, from the inside out.
    """

    kind: Literal["json"]
    findings: KeyPath = ()
    path: FactPath
    message: FactPath
    line: FactPath | None = None
    column: FactPath | None = None
    end_line: FactPath | None = None
    end_column: FactPath | None = None
    rule: FactPath | None = None
    severity: FactPath | None = None
    first_column: Literal[0, 1] = 1


def compile_pattern(pattern: str) -> Any:
    """A pattern whose search takes time linear in the text, whatever the text is.

    Raises:
        ValueError: the pattern is wrong, or uses what such a search cannot do.
    """
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0]
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        hint = "look-around and back-references are not supported"
        raise ValueError(f"the pattern cannot be used: {text} ({hint})") from error


def _checked_pattern(pattern: str) -> str:
    named = set(compile_pattern(pattern).groupindex)
    if missing := {"path", "message"} - named:
        raise ValueError(f"the pattern has no group called {' and none called '.join(missing)}")
    if unknown := sorted(named - set(FACTS)):
        raise ValueError(
            f"no fact of a finding is called {unknown[0]!r}; the groups may be {', '.join(FACTS)}"
        )
    return pattern


class RegexParser(_Strict):
    """The program prints lines; one that `pattern` matches is a finding, any other is not."""

    kind: Literal["regex"]
    pattern: Annotated[str, Field(max_length=4096), AfterValidator(_checked_pattern)]
    stream: Literal["stdout", "stderr"] = "stdout"
    first_column: Literal[0, 1] = 1


class CustomTool(_Strict):
    """A tool that the user defines; `{files}` in `command` stands for the files to look at.

    `fix` is the command that rewrites the files it is given so that nothing is found in them.
    """

    command: Command
    fix: tuple[Word, ...] = ()
    files: tuple[Glob, ...] = Field(min_length=1)
    parser: SarifParser | JsonParser | RegexParser = Field(discriminator="kind")
    scope: Literal["file", "context", "program"] = "file"
    kind: Literal["lint", "format", "types", "security", "spelling", "analysis"] = "lint"
    summary: str = Field("A tool of your own", max_length=200)
    url: str = Field("", max_length=500)
    severities: dict[str, Severity] = {}
    default_severity: Severity = Severity.WARNING
    exit_codes: tuple[int, ...] = (0, 1)
    config_files: tuple[Word, ...] = ()
    version_argument: Word | None = None

    @model_validator(mode="after")
    def _command_is_usable(self) -> Self:
        program, *arguments = self.command
        if "/" in program and not program.startswith("/"):
            raise ValueError(
                f"the program {program!r} must be a name on the search path or an absolute path"
            )
        if any(FILES in word and word != FILES for word in arguments) or FILES in program:
            raise ValueError(f"{FILES} must be a word of its own, after the program")
        count = arguments.count(FILES)
        if count > 1 or (count == 0 and self.scope != "program"):
            raise ValueError(f"`command` must have {FILES} exactly once")
        return self

    @model_validator(mode="after")
    def _fix_is_usable(self) -> Self:
        if self.fix and (self.fix[0] != self.command[0] or self.fix.count(FILES) != 1):
            raise ValueError(
                f"`fix` must begin with the same program as `command`, and have {FILES} once"
            )
        return self
