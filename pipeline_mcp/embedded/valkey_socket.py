"""A word with the server on a unix socket, without the imports of a client library."""

from __future__ import annotations

import socket
from enum import StrEnum
from pathlib import Path

_ANSWER_SECONDS = 1.0


class Answer(StrEnum):
    """What the broker says to PING."""

    READY = "ready"
    LOADING = "loading"
    NOTHING = "nothing"


def ping(socket_path: Path) -> Answer:
    """Ask the server on the socket whether it takes commands."""
    said = _say(socket_path, b"PING\r\n")
    if said.startswith(b"+PONG"):
        return Answer.READY
    return Answer.LOADING if said.startswith(b"-LOADING") else Answer.NOTHING


def shut_down(socket_path: Path) -> None:
    """Ask the server on the socket to end, if there is one; gives when it has."""
    _say(socket_path, b"SHUTDOWN NOSAVE\r\n")


def _say(socket_path: Path, command: bytes) -> bytes:
    """The first bytes of the answer; none if nobody answers, or the server ends."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(str(socket_path))
            connection.sendall(command)
            return connection.recv(64)
        except OSError:
            return b""
