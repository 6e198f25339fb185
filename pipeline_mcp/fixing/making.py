"""From a snapshot and a set of steps to the files that they make, each fixer's work guarded."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline_mcp.domain.patch import FixStep
from pipeline_mcp.fixing.choosing import fixer_rank
from pipeline_mcp.fixing.document import EditError, edited
from pipeline_mcp.fixing.fixers import allowance
from pipeline_mcp.fixing.guards import Change, objection
from pipeline_mcp.tools.contract import Tool

NO_CHANGE = "it changes nothing"


@dataclass(slots=True)
class Made:
    """Files in the making.

    `contents` are the changed ones by path, `refused` says why by a step's number, `hashes` are
    those of a step's file before and after its fixer's work.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    hashes: dict[int, tuple[str, str]] = field(default_factory=dict)

    def refuse(self, steps: Iterable[FixStep], reason: str) -> None:
        """Say why these steps are not in it."""
        self.refused |= {step.number: reason for step in steps}

    def note(self, steps: Iterable[FixStep], old: bytes, new: bytes) -> None:
        """These steps have made `new` out of `old`."""
        hashes = hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest()
        self.hashes |= {step.number: hashes for step in steps}


@dataclass(frozen=True, slots=True)
class Guard:
    """What is asked about every change; `configuration` and `most_bytes` as in `objection`."""

    tools: Mapping[str, Tool]
    configuration: Collection[str]
    most_bytes: int
    unsafe: bool = False

    def objection(self, fixer: str, steps: Sequence[FixStep], change: Change) -> str | None:
        """Why the fixer's change is refused; None if nothing speaks against it."""
        return objection(
            change,
            allowance(fixer, steps, self.tools, unsafe=self.unsafe),
            configuration=self.configuration,
            most_bytes=self.most_bytes,
        )


def make_edits(
    steps: Iterable[FixStep], content: Callable[[str], bytes], guard: Guard, made: Made
) -> None:
    """Apply the steps that have edits, file by file, fixer by fixer in their order.

    All edits are places in the file as it was scanned, and none of them clash: any part of them
    can be applied. A refused step is left out, and the others of its fixer stay.
    """
    by_path: defaultdict[str, defaultdict[str, list[FixStep]]]
    by_path = defaultdict(lambda: defaultdict(list))
    for step in steps:
        if step.edits:
            by_path[step.path][step.fixer].append(step)
    for path in sorted(by_path):
        file = _EditedFile(path, content(path), guard, made)
        for fixer in sorted(by_path[path], key=fixer_rank):
            file.apply(fixer, by_path[path][fixer])
        if file.current != file.original:
            made.contents[path] = file.current


def take_contents(
    steps: Iterable[FixStep],
    original: Callable[[str], bytes],
    stored: Callable[[str], bytes],
    guard: Guard,
    made: Made,
) -> None:
    """Apply the steps that have a whole content; `stored` gives it by its hash."""
    for step in steps:
        if not step.content_sha256:
            continue
        old, new = original(step.path), stored(step.content_sha256)
        said = guard.objection(step.fixer, (step,), Change(step.path, old, new))
        if said or new == old:
            made.refuse((step,), said or NO_CHANGE)
        else:
            made.contents[step.path] = new
            made.note((step,), old, new)


class _EditedFile:
    """One file, and the steps that it has taken so far."""

    def __init__(self, path: str, original: bytes, guard: Guard, made: Made) -> None:
        self.original = self.current = original
        self._path, self._guard, self._made = path, guard, made
        self._taken: list[FixStep] = []

    def apply(self, fixer: str, steps: list[FixStep]) -> None:
        """Take as many of the fixer's steps as nothing speaks against."""
        before, taken = self.current, len(self._taken)
        self._take(fixer, before, steps, taken)
        if self._taken[taken:]:
            self._made.note(self._taken[taken:], before, self.current)

    def _take(self, fixer: str, before: bytes, steps: list[FixStep], since: int) -> None:
        """All at once, or else the halves one after the other, down to single steps."""
        wanted = [*self._taken, *steps]
        try:
            result = edited(self.original, [edit for step in wanted for edit in step.edits])
        except EditError as error:
            result, reason = self.current, str(error)
        else:
            change = Change(self._path, before, result)
            reason = (
                self._guard.objection(fixer, wanted[since:], change)
                or (NO_CHANGE if result == self.current else None)
                or ""
            )
        if not reason:
            self._taken, self.current = wanted, result
        elif len(steps) == 1:
            self._made.refuse(steps, reason)
        else:
            middle = len(steps) // 2
            self._take(fixer, before, steps[:middle], since)
            self._take(fixer, before, steps[middle:], since)
