"""Looking at one file of a workspace, and reading it, without being led astray."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass

from pipeline_mcp.workspace.directories import Directories

# A pipe that was put in a file's place must not make the reader wait for a writer.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

_KINDS = {
    stat.S_IFLNK: "it is a symbolic link",
    stat.S_IFDIR: "git lists it as one entry: a submodule or another repository",
    stat.S_IFIFO: "it is a named pipe",
    stat.S_IFSOCK: "it is a socket",
    stat.S_IFCHR: "it is a device",
    stat.S_IFBLK: "it is a device",
}


class LeftOutError(Exception):
    """The file does not belong in a snapshot; `reason` is a clause, empty if there is no file."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FileContent:
    """What was read, and the file's state; `is_settled` if it did not change meanwhile."""

    content: bytes
    state: os.stat_result
    is_settled: bool


def look(directories: Directories, path: str, max_bytes: int) -> os.stat_result:
    """The state of a regular file of at most `max_bytes`.

    Raises:
        LeftOutError: it is gone, something else, or too large.
    """
    try:
        parent, name = directories.parent(path)
        state = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except OSError as error:
        raise LeftOutError(_reason(error)) from error
    _check(state, max_bytes)
    return state


def read(directories: Directories, path: str, max_bytes: int) -> FileContent:
    """The content of a regular file of at most `max_bytes`.

    Raises:
        LeftOutError: it is gone, something else, unreadable, or too large.
    """
    try:
        parent, name = directories.parent(path)
        descriptor = os.open(name, _FLAGS, dir_fd=parent)
        try:
            before = os.fstat(descriptor)
            _check(before, max_bytes)
            content = _read_up_to(descriptor, max_bytes + 1, before.st_size + 1)
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise LeftOutError(_reason(error)) from error
    if len(content) > max_bytes:
        raise LeftOutError(_too_large(max_bytes))
    return FileContent(content, before, _is_same(before, after, len(content)))


def _read_up_to(descriptor: int, most: int, chunk: int) -> bytes:
    """Everything up to `most` bytes, also of a file that grows while it is being read."""
    content = os.read(descriptor, min(chunk, most))
    while len(content) < most and (more := os.read(descriptor, most - len(content))):
        content += more
    return content


def _check(state: os.stat_result, max_bytes: int) -> None:
    if not stat.S_ISREG(state.st_mode):
        raise LeftOutError(_KINDS.get(stat.S_IFMT(state.st_mode), "it is no regular file"))
    if state.st_size > max_bytes:
        raise LeftOutError(_too_large(max_bytes))


def _is_same(before: os.stat_result, after: os.stat_result, size: int) -> bool:
    times_before = (before.st_mtime_ns, before.st_ctime_ns, before.st_size)
    return times_before == (after.st_mtime_ns, after.st_ctime_ns, size)


def _too_large(max_bytes: int) -> str:
    return f"it is larger than {max_bytes} bytes (the setting PIPELINE_MAX_FILE_BYTES)"


def _reason(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return ""  # deleted, or its directory was: a tracked file may be missing
    if error.errno == errno.ELOOP:
        return _KINDS[stat.S_IFLNK]
    if error.errno == errno.ENXIO:
        return _KINDS[stat.S_IFSOCK]
    return f"it cannot be read: {(error.strerror or str(error)).lower()}"
