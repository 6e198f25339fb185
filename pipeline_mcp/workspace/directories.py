"""Descriptors of the directories below a root, reached without ever following a link."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Directories:
    """Opens directories one component at a time, so that no swapped link leads out of the root.

    It keeps the way to the last directory open: ask in the order of sorted paths. With `create`
    it makes the directories that are missing. One thread at a time.
    """

    def __init__(self, root: Path, *, create: bool = False) -> None:
        self._create = create
        self._open = [("", os.open(root, _FLAGS))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        while self._open:
            os.close(self._open.pop()[1])

    def parent(self, path: str) -> tuple[int, str]:
        """The descriptor of the directory that holds `path`, and the path's last component.

        The descriptor is valid until the next call.

        Raises:
            OSError: a component above is missing, or is a link or anything but a directory.
        """
        above, _, name = path.rpartition("/")
        return self._descriptor(above), name

    def _descriptor(self, directory: str) -> int:
        if self._open[-1][0] == directory:
            return self._open[-1][1]
        while (top := self._open[-1][0]) and not f"{directory}/".startswith(f"{top}/"):
            os.close(self._open.pop()[1])
        for name in directory[len(top) :].strip("/").split("/") if directory != top else ():
            above, descriptor = self._open[-1]
            self._open.append((f"{above}/{name}".lstrip("/"), self._step(name, descriptor)))
        return self._open[-1][1]

    def _step(self, name: str, above: int) -> int:
        if self._create:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, dir_fd=above)
        return os.open(name, _FLAGS, dir_fd=above)
