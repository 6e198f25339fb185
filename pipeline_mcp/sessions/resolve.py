"""From what a caller asked for, and all configuration, to the one frozen request of a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pipeline_mcp.config.profiles import PROFILE_NAMES
from pipeline_mcp.config.repository import RepositoryFile, read_repository_file, with_repository
from pipeline_mcp.config.settings import Settings, settings
from pipeline_mcp.domain.session import RunOptions, SessionRequest
from pipeline_mcp.errors import (
    ConfigurationError,
    PipelineError,
    SettingError,
    UnknownToolError,
    WorkspaceError,
)
from pipeline_mcp.sessions.line import holding_the_line
from pipeline_mcp.sessions.trust import is_trusted, trust
from pipeline_mcp.tools.configured import configured_tools, name_problems
from pipeline_mcp.tools.custom import definition_of
from pipeline_mcp.tools.registry import check_names
from pipeline_mcp.workspace.confine import confine_file, resolve_workspace


def resolve(options: RunOptions) -> SessionRequest:
    """The request that `options` mean here and now; the database must be up to date.

    Nothing is walked: which of the tools have files to look at is decided by the plan.

    Raises:
        WorkspaceError: the workspace or one of the files cannot be used.
        ConfigurationError, BaselineError: `pipeline.yaml` or the baseline has mistakes.
        SettingError, UnknownToolError: an option has a value that does not exist.
        ServiceError: the database cannot be used.
    """
    base = settings()
    workspace = _workspace(options.path, base)
    trusted = options.trust or is_trusted(workspace)
    file = read_repository_file(workspace, trusted=trusted)
    current = effective_settings(base, file)
    _check(options, current, file)
    files = _confined(workspace, options.files)
    _remember_trust(options, workspace)
    request = SessionRequest(
        workspace=str(workspace),
        node=current.node,
        profile=options.profile or current.profile,
        tools=_unique(options.tools or current.tools),
        skip_tools=_skipped(options, current),
        files=files,
        exclude=_unique((*current.exclude, *options.exclude)),
        sequential=options.sequential or not current.parallel,
        use_cache=options.use_cache,
        priority=options.priority,
        fail_on=current.fail_on if options.fail_on is None else options.fail_on,
        origin=options.origin,
        attached=options.attached,
        trusted=trusted,
        custom_tools=tuple(definition_of(*each) for each in current.custom_tools.items()),
        tool_options=_tool_options(current),
        notices=file.notices,
        fix=options.fix and replace(options.fix, proofs=current.proofs or None),
    )
    return holding_the_line(request, current)


def effective_settings(base: Settings, file: RepositoryFile) -> Settings:
    """The settings of a run in the workspace that has `file`.

    Raises:
        ConfigurationError: with every mistake in the file, unknown names of tools included.
    """
    if file.problems:
        raise ConfigurationError(file.problems)
    current = with_repository(base, file)
    if problems := name_problems(current):
        raise ConfigurationError(problems)
    return current


def _remember_trust(options: RunOptions, workspace: Path) -> None:
    if options.trust:
        trust(workspace)


def _workspace(path: str, base: Settings) -> Path:
    workspace = resolve_workspace(path, base.workspaces)
    if workspace == base.state_dir.resolve():
        raise WorkspaceError(f"The workspace {path} is this program's own state directory.")
    return workspace


def _check(options: RunOptions, current: Settings, file: RepositoryFile) -> None:
    if options.profile is not None and options.profile not in PROFILE_NAMES:
        known = ", ".join(PROFILE_NAMES)
        raise SettingError("profile", f"{options.profile!r} is none of {known}")
    if not 0 <= options.priority <= 9:
        raise SettingError("priority", f"{options.priority} is not between 0 and 9")
    try:
        check_names([*options.tools, *options.skip_tools], configured_tools(current))
    except UnknownToolError as error:
        if not set(error.names) <= set(file.ignored_tools):
            raise
        raise PipelineError(
            f"{', '.join(error.names)} is defined by the repository, and this workspace is not "
            "trusted.",
            next_step="Trust it with --trust.",
        ) from error


def _skipped(options: RunOptions, current: Settings) -> tuple[str, ...]:
    """Tools that are asked for by name run, whatever the configuration leaves out."""
    if options.tools or options.skip_tools:
        return _unique(options.skip_tools)
    return _unique(current.skip_tools)


def _confined(workspace: Path, files: Iterable[str]) -> tuple[str, ...]:
    confined, wrong = [], []
    for file in files:
        try:
            confined.append(confine_file(workspace, file))
        except WorkspaceError as error:
            wrong.append(error)
    if wrong:
        raise WorkspaceError("\n".join(map(str, wrong)), next_step=wrong[0].next_step)
    return _unique(confined)


def _tool_options(current: Settings) -> dict[str, dict[str, object]]:
    given = {
        name: options.model_dump(mode="json", exclude_defaults=True)
        for name, options in current.tool_options.items()
    }
    return {name: options for name, options in given.items() if options}


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
