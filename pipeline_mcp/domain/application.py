"""Bringing a session's patch into its workspace, and taking it back."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.known import known_fields


class Direction(StrEnum):
    """Into the workspace, or out of it again."""

    APPLY = "apply"
    UNDO = "undo"


class FileState(StrEnum):
    """What became of a file.

    `ready` is the answer of a dry run. `moved_on` files are not what the patch expects, because
    somebody has changed them since; `refused` ones are no plain file of their own; `held_back`
    ones could be applied, but others could not and it is all or nothing, or the session that
    wanted it by itself was cancelled.
    """

    READY = "ready"
    APPLIED = "applied"
    ALREADY = "already"
    UNDONE = "undone"
    MOVED_ON = "moved_on"
    REFUSED = "refused"
    HELD_BACK = "held_back"


GOOD_STATES = frozenset({FileState.READY, FileState.APPLIED, FileState.ALREADY, FileState.UNDONE})


class JournalState(StrEnum):
    """What the journal says of a file: it may have been written, or it has been."""

    PENDING = "pending"
    APPLIED = "applied"


Journal = dict[str, JournalState]


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """A file of the patch, and why it was left alone if it was."""

    path: str
    state: FileState
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; `files` empty means "all of the patch".

    `by_itself` is the wish of a session that applies by itself: after its end it counts no more.
    """

    direction: Direction
    files: tuple[str, ...] = ()
    all_or_nothing: bool = False
    dry_run: bool = False
    principal: str = "local"
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """What came of a wish: every file in the order of the paths, or why nothing could be done."""

    session_id: str
    wish: Wish
    files: tuple[FileOutcome, ...] = ()
    error: str | None = None

    @property
    def left_alone(self) -> tuple[FileOutcome, ...]:
        """The files that are not as they were meant to be, in the order of their paths."""
        return tuple(file for file in self.files if file.state not in GOOD_STATES)

    @property
    def is_whole(self) -> bool:
        """True if no file was left alone."""
        return self.error is None and not self.left_alone

    def counts(self) -> dict[str, int]:
        """How many files came to each state, in the order of the states."""
        found = Counter(file.state for file in self.files)
        return {state.value: found[state] for state in FileState if found[state]}


def wish_to_dict(wish: Wish) -> dict[str, Any]:
    """A JSON-ready picture of `wish`."""
    return asdict(wish)


def wish_from_dict(data: dict[str, Any]) -> Wish:
    """The inverse of `wish_to_dict`; keys that this version does not know are left out."""
    known = known_fields(Wish, data)
    known["direction"] = Direction(known["direction"])
    known["files"] = tuple(known.get("files", ()))
    return Wish(**known)


def files_from_dicts(data: list[dict[str, Any]]) -> tuple[FileOutcome, ...]:
    """Outcomes as `asdict` made them of `FileOutcome`s."""
    known = (known_fields(FileOutcome, each) for each in data)
    return tuple(FileOutcome(**each | {"state": FileState(each["state"])}) for each in known)
