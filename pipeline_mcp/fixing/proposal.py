"""A patch that somebody proposes, an agent or a person, as steps like those of a tool."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from pipeline_mcp.config.process import git_environment
from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.domain.snapshot import Snapshot
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.fixing.fixers import PROPOSAL
from pipeline_mcp.fixing.rewriting import StoppedError
from pipeline_mcp.fixing.worktree import WorkTree, work_directory
from pipeline_mcp.tools.limits import Ending
from pipeline_mcp.tools.runner import run_tool
from pipeline_mcp.workspace.blobs import BlobStore

_NEXT_STEP = "Make the patch against the files as they are, for example with `git diff`."


def proposed_steps(
    diff: str,
    base: Snapshot,
    store: BlobStore,
    is_target: Callable[[str], bool],
    is_wanted: Callable[[], bool],
) -> tuple[FixStep, ...]:
    """One step for each file that the diff changes in `base`; the new contents are stored.

    Raises:
        PipelineError: it does not apply, or does more than change files that were asked about.
        StoppedError: `is_wanted` said no.
        ServiceError: the disk or the store does not take it.
    """
    with work_directory(settings().state_dir) as directory:
        tree = WorkTree(directory, base.rows, store, {})
        _apply(diff, tree, is_wanted)
        contents = {path: _content(tree, path, is_target) for path in sorted(tree.touched())}
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    store.put_many({hashes[path]: content for path, content in contents.items()})
    return tuple(
        FixStep(number, PROPOSAL, path, (), (), content_sha256=sha256)
        for number, (path, sha256) in enumerate(hashes.items())
    )


def _apply(diff: str, tree: WorkTree, is_wanted: Callable[[], bool]) -> None:
    file = tree.scratch / "proposal.diff"
    file.write_bytes(diff.encode())
    # Without a repository around it, git takes the paths for what they are.
    environment = git_environment() | {"GIT_CEILING_DIRECTORIES": str(tree.root.parent)}
    run = run_tool(
        ["git", "apply", "--whitespace=nowarn", str(file)],
        cwd=tree.root,
        environment=environment,
        scratch=tree.scratch,
        limits=settings().tool,
        is_wanted=is_wanted,
    )
    if run.ending is Ending.STOPPED:
        raise StoppedError
    if run.ending is not Ending.EXITED or run.exit_code:
        said = run.stderr.strip()[-500:] or str(run.ending)
        raise PipelineError(f"The proposed patch does not apply: {said}", next_step=_NEXT_STEP)


def _content(tree: WorkTree, path: str, is_target: Callable[[str], bool]) -> bytes:
    known = Path(path).parts and not path.startswith("../") and tree.has(path)
    content = tree.read(path) if known else None
    if content is None:
        raise PipelineError(
            f"The proposed patch makes, removes or renames {path!r}, or changes its mode.",
            next_step="Propose changes of the content of files alone.",
        )
    if not is_target(path):
        raise PipelineError(
            f"The proposed patch changes {path!r}, which the session was not asked about.",
            next_step="Name the file with --files, or leave --files out.",
        )
    return content
