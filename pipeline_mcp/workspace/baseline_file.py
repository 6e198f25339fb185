"""The baseline file in a workspace: read with suspicion, replaced whole."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from pipeline_mcp.domain.baseline import (
    MAX_BYTES,
    Baseline,
    BaselineError,
    BaselineFile,
    baseline_from_text,
    baseline_text,
)
from pipeline_mcp.workspace.confine import is_plain_path
from pipeline_mcp.workspace.state_files import replace_file


def read_baseline(workspace: Path, path: str) -> BaselineFile | None:
    """The baseline at `path` in the workspace, or None where there is no such file.

    Raises:
        BaselineError: it is a link, too large, or says what no baseline says.
    """
    file = _place(workspace, path)
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        if file.is_symlink():
            raise BaselineError(path, "it is a symbolic link, which is not followed") from error
        raise BaselineError(path, (error.strerror or str(error)).lower()) from error
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BaselineError(path, "it is not a regular file")
        content = stream.read(MAX_BYTES + 1)
    baseline = baseline_from_text(content, path)
    return BaselineFile(path, hashlib.sha256(content).hexdigest(), baseline)


def write_baseline(workspace: Path, path: str, baseline: Baseline) -> BaselineFile:
    """Replace the baseline at `path`; a reader sees the old one or the new one.

    Raises:
        BaselineError: it would lie outside, be a link, or cannot be written.
    """
    file = _place(workspace, path)
    content = baseline_text(baseline).encode()
    if len(content) > MAX_BYTES:
        raise BaselineError(path, f"it would be larger than {MAX_BYTES // 1024 // 1024} MiB")
    if file.is_symlink() or (file.exists() and not file.is_file()):
        raise BaselineError(path, "something that is no regular file has its name")
    try:
        replace_file(file, content)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise BaselineError(path, f"it cannot be written ({said})") from error
    return BaselineFile(path, hashlib.sha256(content).hexdigest(), baseline)


def _place(workspace: Path, path: str) -> Path:
    """The file, whose directory must lie in the workspace whatever links there are."""
    file = workspace / path
    try:
        directory = file.parent.resolve()
    except (OSError, RuntimeError) as error:
        raise BaselineError(path, "its directory cannot be found") from error
    if not is_plain_path(path) or not directory.is_relative_to(workspace):
        raise BaselineError(path, "it must be inside the workspace")
    return directory / file.name
