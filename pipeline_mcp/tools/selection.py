"""Which tools a session runs, and why: asked for, named by the profile, chosen by the files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline_mcp.config.profiles import PROFILES
from pipeline_mcp.domain.session import SessionRequest
from pipeline_mcp.domain.snapshot import ManifestRow, Snapshot
from pipeline_mcp.errors import SettingError
from pipeline_mcp.tools.contract import Tool
from pipeline_mcp.tools.preferences import Preferences, read_preferences
from pipeline_mcp.tools.registry import TOOLS, check_names


@dataclass(frozen=True, slots=True)
class Choice:
    """A tool that runs, and why, in one clause."""

    tool: Tool
    reason: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The tools that run, in the order of the registry; `notices` say what was left out."""

    choices: tuple[Choice, ...]
    notices: tuple[str, ...] = ()

    @property
    def tools(self) -> tuple[Tool, ...]:
        """The chosen tools."""
        return tuple(choice.tool for choice in self.choices)


def select_tools(
    request: SessionRequest,
    snapshot: Snapshot,
    tools: Mapping[str, Tool],
    content: Callable[[ManifestRow], bytes],
) -> Selection:
    """The tools of a session over `snapshot`; `content` gives the bytes of one of its files.

    Raises:
        SettingError, UnknownToolError: the request names a profile or a tool that is not there.
    """
    rows = {row.path: row for row in snapshot.rows}

    def read(path: str) -> bytes | None:
        return content(rows[path]) if path in rows else None

    return choose_tools(
        tools,
        request.profile,
        requested=request.tools,
        skip=request.skip_tools,
        preferences=read_preferences(read),
        paths=rows.keys(),
    )


def is_installed(tool: Tool) -> bool:
    """True if the tool can be started here."""
    return tool.executable.argv() is not None


def choose_tools(
    tools: Mapping[str, Tool],
    profile: str,
    *,
    requested: Collection[str] = (),
    skip: Collection[str] = (),
    preferences: Preferences,
    paths: Collection[str],
    installed: Callable[[Tool], bool] = is_installed,
) -> Selection:
    """Choose among `tools`, all of them by name.

    What is requested runs, installed or not: that it could not run must be told at its end.
    Of the others those run that the profile names or the user has defined, that have a file to
    look at in `paths`, and that are installed.
    """
    check_names([*requested, *skip], tools)
    if requested:
        wanted = {name: "it was asked for" for name in tools if name in requested}
    else:
        wanted = dict(_by_default(tools, profile, preferences))
    wanted = {name: reason for name, reason in wanted.items() if name not in skip}
    useful = [name for name in wanted if _has_files(tools[name], paths)]
    missing = [name for name in useful if not requested and not installed(tools[name])]
    choices = tuple(Choice(tools[name], wanted[name]) for name in useful if name not in missing)
    idle = [name for name in wanted if name not in useful] if requested else []
    return Selection(choices, tuple(_notices(missing, idle)))


def _by_default(
    tools: Mapping[str, Tool], profile: str, preferences: Preferences
) -> Iterator[tuple[str, str]]:
    named = _named_by(profile)
    rejected = set(_rejected(preferences))
    for name in tools:
        if name not in TOOLS:
            yield name, "it is a tool of your own"
        elif name in named and name not in rejected:
            yield name, f"the profile {profile} names it"


def _named_by(profile: str) -> frozenset[str]:
    if profile not in PROFILES:
        raise SettingError("profile", f"{profile!r} is none of {', '.join(PROFILES)}")
    return PROFILES[profile]


def _rejected(preferences: Preferences) -> Iterator[str]:
    """Of two tools that would undo each other's work, the one that the repository does not use."""
    uses_black = preferences.configures_black and not preferences.configures_ruff_format
    yield "ruff-format" if uses_black else "black"
    # Without a configuration, isort wraps imports as neither formatter does.
    if preferences.ruff_sorts_imports or not preferences.configures_isort:
        yield "isort"


def _has_files(tool: Tool, paths: Iterable[str]) -> bool:
    return any(tool.files.matches(path) for path in paths)


def _notices(missing: list[str], idle: list[str]) -> Iterator[str]:
    if missing:
        yield (
            f"Not installed here, so left out: {', '.join(missing)}. "
            "`pipeline-mcp doctor` says how to get them."
        )
    if idle:
        yield f"Asked for, but there is no file that they look at: {', '.join(idle)}."
