"""What a supervisor has to do, as the command that starts it decides; small imports alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Home(NamedTuple):
    """Where one stack keeps its locks (`run`), its logs and its broker's data."""

    run: Path
    logs: Path
    data: Path

    @property
    def supervisor(self) -> Path:
        """Held alone by the supervisor as long as anything of the stack is there."""
        return self.run / "supervisor.lock"

    @property
    def clients(self) -> Path:
        """Shared by all commands that need the stack; held alone while it stops."""
        return self.run / "clients.lock"

    @property
    def keep(self) -> Path:
        """Its presence keeps the stack without commands that need it."""
        return self.run / "keep"

    def log(self, program: str) -> Path:
        """Where `program` writes what it has to say."""
        return self.logs / f"{program}.log"


class Plan(NamedTuple):
    """The stack: command lines, and the database that knows of detached sessions.

    `valkey` is None where the broker is somebody else's. `identity` tells stacks apart that
    must not be mixed: other version, broker or database.
    """

    home: Home
    valkey: list[str] | None
    socket: Path
    worker: list[str]
    workers: int
    database: str
    identity: str

    def to_json(self) -> str:
        """The plan as text; it may hold passwords, so it travels through a pipe."""
        return json.dumps({**self._asdict(), "home": self.home}, default=str)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The inverse of `to_json`."""
        data = json.loads(text)
        home = Home(*map(Path, data.pop("home")))
        return cls(home=home, socket=Path(data.pop("socket")), **data)


class Running(NamedTuple):
    """What a supervisor says of itself in its lock file; `gave_up` is why it ended."""

    pid: int
    identity: str
    workers: int
    gave_up: str = ""


def read_running(home: Home) -> Running | None:
    """What the supervisor said, or None where none has spoken yet; it may be gone by now."""
    try:
        return Running(**json.loads(home.supervisor.read_text()))
    except (OSError, ValueError, TypeError):
        return None
