"""A small disk for one node's state directory, which can be filled: a tmpfs nobody else sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_SIZE = "64m"
_CHUNK = b"\0" * (1 << 16)
_INSIDE = "--own-mounts"


def enter_own_mounts(arguments: list[str]) -> tuple[list[str], bool]:
    """Begin again in a mount namespace of our own; gives the arguments, and if we are in one.

    What is mounted there vanishes with the last process of the namespace, however that ends.
    """
    if _INSIDE in arguments:
        return [word for word in arguments if word != _INSIDE], True
    unshare = ["unshare", "--mount", "--"]
    if os.geteuid() == 0 and _succeeds([*unshare, "true"]):
        program = [sys.executable, "-m", "chaos", _INSIDE, *arguments]
        os.execvp("unshare", [*unshare, *program])
    return arguments, False


class SmallDisk:
    """A file system of a few megabytes at `place`; `reason` says why there is none."""

    def __init__(self, place: Path, *, is_private: bool) -> None:
        self.place = place
        self.reason = self._mount() if is_private else "needs root and mounts of its own"

    def fill(self) -> None:
        """Write until there is no room."""
        with self._filler.open("wb", buffering=0) as file:
            try:
                while file.write(_CHUNK):
                    continue
            except OSError:
                return

    def make_room(self) -> None:
        """Take away what filled it."""
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        """Unmount it."""
        if not self.reason:
            _succeeds(["umount", "--lazy", str(self.place)])

    @property
    def _filler(self) -> Path:
        return self.place / "filler"

    def _mount(self) -> str:
        options = ["-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(self.place)]
        return "" if _succeeds(["mount", *options]) else "no tmpfs may be mounted here"


def _succeeds(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0
