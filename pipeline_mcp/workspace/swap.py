"""Compare-and-swap of one file of a workspace: whole, durable, and never through a link."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass

from pipeline_mcp.domain.application import FileState
from pipeline_mcp.workspace.directories import Directories
from pipeline_mcp.workspace.reading import LeftOutError, read

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class LeftAloneError(Exception):
    """The file was not touched: `state` and `reason` say why."""

    def __init__(self, state: FileState, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Seen:
    """A plain file as it was read."""

    sha256: str
    state: os.stat_result


def see(directories: Directories, path: str, max_bytes: int) -> Seen:
    """The file's content by its hash.

    Raises:
        LeftAloneError: it is gone, changes at this moment, or is not a plain file of its own.
    """
    try:
        found = read(directories, path, max_bytes)
    except LeftOutError as error:
        if not error.reason:
            raise LeftAloneError(FileState.MOVED_ON, "it is gone") from error
        raise LeftAloneError(FileState.REFUSED, error.reason) from error
    if not found.is_settled:
        raise LeftAloneError(FileState.MOVED_ON, "it is being written")
    if found.state.st_nlink > 1:
        reason = "it has other hard links, which a new file in its place would leave behind"
        raise LeftAloneError(FileState.REFUSED, reason)
    return Seen(hashlib.sha256(found.content).hexdigest(), found.state)


def swap(
    directories: Directories,
    path: str,
    *,
    expected: str,
    content: bytes,
    fresh: str,
    max_bytes: int,
) -> None:
    """Put `content` in the place of the file, if that has the hash `expected`.

    Mode, extended attributes and, as far as the system allows it, the owner stay. The content is
    first written to a file of the name `fresh` beside it; one that a killed process has left
    there is replaced. Readers see the old file or the new one, also after a power cut.

    Raises:
        LeftAloneError: the file is not as expected, or may not be replaced.
    """
    seen = see(directories, path, max_bytes)
    if seen.sha256 != expected:
        raise LeftAloneError(FileState.MOVED_ON, "it was changed")
    try:
        parent, name = directories.parent(path)
        _replace(parent, name, fresh, content, seen.state)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise LeftAloneError(FileState.REFUSED, f"it cannot be replaced: {said}") from error


def settle(directories: Directories, path: str) -> None:
    """Force to disk that the file is in its place: who put it there may have died before he could.

    Raises:
        LeftAloneError: its directory cannot be reached any more.
    """
    try:
        parent, _name = directories.parent(path)
        os.fsync(parent)
    except OSError as error:
        raise LeftAloneError(FileState.MOVED_ON, "its directory is gone") from error


def remove_fresh(directories: Directories, path: str, fresh: str) -> None:
    """Remove what a killed process may have left beside the file."""
    with contextlib.suppress(OSError):  # its directory may be gone, and it with that
        parent, _name = directories.parent(path)
        os.unlink(fresh, dir_fd=parent)


def _replace(parent: int, name: str, fresh: str, content: bytes, state: os.stat_result) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(fresh, dir_fd=parent)
    try:
        _write(parent, name, fresh, content, state)
        # Who saves the file at this moment must not lose what he wrote.
        if not _is_same(os.stat(name, dir_fd=parent, follow_symlinks=False), state):
            raise LeftAloneError(FileState.MOVED_ON, "it was changed at this moment")
        os.replace(fresh, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=parent)
        raise
    os.fsync(parent)


def _write(parent: int, name: str, fresh: str, content: bytes, state: os.stat_result) -> None:
    descriptor = os.open(fresh, _FRESH, 0o600, dir_fd=parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        _take_after(parent, name, descriptor, state)
        os.fsync(descriptor)


def _take_after(parent: int, name: str, descriptor: int, state: os.stat_result) -> None:
    """Owner, extended attributes and mode, in the order in which none undoes another."""
    if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
        with contextlib.suppress(PermissionError):  # only root may give files away
            os.fchown(descriptor, state.st_uid, state.st_gid)
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    original = os.open(name, flags, dir_fd=parent)
    try:
        for attribute in _attributes(original):
            with contextlib.suppress(OSError):  # some are the system's own
                os.setxattr(descriptor, attribute, os.getxattr(original, attribute))
    finally:
        os.close(original)
    os.fchmod(descriptor, state.st_mode & 0o7777)


def _attributes(descriptor: int) -> list[str]:
    try:
        return os.listxattr(descriptor)
    except OSError:  # a file system without them
        return []


def _is_same(now: os.stat_result, before: os.stat_result) -> bool:
    return _identity(now) == _identity(before)


def _identity(state: os.stat_result) -> tuple[int, ...]:
    return (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
