"""Proofs: the workspace's own commands, which have to go on succeeding after a fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline_mcp.config.process import tool_environment
from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.fixing.rewriting import StoppedError
from pipeline_mcp.fixing.worktree import WorkTree, work_directory
from pipeline_mcp.tools.limits import Ending, reason
from pipeline_mcp.tools.runner import run_tool
from pipeline_mcp.workspace.blobs import BlobStore

_SAID_BYTES = 500


def broken_proofs(
    proofs: Mapping[str, tuple[str, ...]],
    before: Snapshot,
    after: Snapshot,
    store: BlobStore,
    is_wanted: Callable[[], bool],
) -> tuple[str, ...]:
    """A sentence for each command that fails over `after` and succeeds over `before`.

    Each runs in a tree of its own, within the limits of tools.

    Raises:
        StoppedError: `is_wanted` said no.
        ServiceError: the disk does not take the tree.
    """
    broken = []
    for name, command in proofs.items():
        failure = _failure(command, after, store, is_wanted)
        if failure and not _failure(command, before, store, is_wanted):
            broken.append(f"the proof {name!r} fails: {failure}")
    return tuple(broken)


def _failure(
    command: tuple[str, ...], snapshot: Snapshot, store: BlobStore, is_wanted: Callable[[], bool]
) -> str:
    current = settings()
    with work_directory(current.state_dir) as directory:
        tree = WorkTree(directory, snapshot.rows, store, {})
        try:
            run = run_tool(
                command,
                cwd=tree.root,
                environment=tool_environment(tree.scratch),
                scratch=tree.scratch,
                limits=current.tool,
                is_wanted=is_wanted,
            )
        except OSError as error:
            return f"it could not be started: {error}"
    if run.ending is Ending.STOPPED:
        raise StoppedError
    if run.ending is not Ending.EXITED:
        return reason(run.ending, current.tool)
    said = (run.stderr.strip() or run.stdout.strip())[-_SAID_BYTES:]
    return f"exit code {run.exit_code}: {said or 'silent'}" if run.exit_code else ""
