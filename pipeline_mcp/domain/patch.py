"""Fixes: what a session may do, the steps that it tries, and the patch that comes of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from pipeline_mcp.domain.finding import Edit, edits_from_dicts
from pipeline_mcp.domain.known import known_fields


@dataclass(frozen=True, slots=True)
class FixPlan:
    """What a session that fixes may do; None means "no limit".

    `max_fixes` and `max_fixes_per_cycle` count findings. Cycles end at `target_quality_score`
    (0 to 100), and with `break_on_no_issues` as soon as no finding would fail the gate. `unsafe`
    allows fixes that may change what a program does. `proofs` are commands by name which have to
    go on succeeding. `proposal` is a unified diff that is verified in place of fixes by tools. With
    `apply` the patch goes into the workspace as soon as it is verified.
    """

    max_cycles: int = 3
    max_fixes: int | None = None
    max_fixes_per_cycle: int | None = None
    unsafe: bool = False
    target_quality_score: float = 100.0
    break_on_no_issues: bool = True
    proofs: dict[str, tuple[str, ...]] | None = None
    proposal: str | None = None
    apply: bool = False


def fix_plan_from_dict(data: dict[str, Any] | None) -> FixPlan | None:
    """The plan as it is stored with a request; what this version does not know is left out."""
    if data is None:
        return None
    known = known_fields(FixPlan, data)
    proofs = known.get("proofs")
    known["proofs"] = proofs and {name: tuple(command) for name, command in proofs.items()}
    return FixPlan(**known)


class StepState(StrEnum):
    """What became of a step: `refused` by a guard, `rejected` by the tools or a proof."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FixStep:
    """The smallest thing that is tried, and rejected, alone: one fixer's work on one file.

    `edits` change the file as it was when it was scanned, `content_sha256` is all of its new
    content; without both the fixer's own command rewrites the file. `fingerprints` are the
    findings that it is meant to end, of `rules`.
    """

    number: int
    fixer: str
    path: str
    rules: tuple[str, ...]
    fingerprints: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    content_sha256: str = ""

    @property
    def is_rewriting(self) -> bool:
        """True if the fixer's own command does it."""
        return not (self.edits or self.content_sha256)


def step_to_dict(step: FixStep) -> dict[str, Any]:
    """A JSON-ready picture of `step`."""
    return asdict(step)


def step_from_dict(data: dict[str, Any]) -> FixStep:
    """The inverse of `step_to_dict`; keys that this version does not know are left out."""
    known = known_fields(FixStep, data)
    known["rules"] = tuple(known["rules"])
    known["fingerprints"] = tuple(known["fingerprints"])
    known["edits"] = edits_from_dicts(known.get("edits"))
    return FixStep(**known)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; the mode (0o644 or 0o755) stays. No file comes or goes."""

    path: str
    mode: int
    old_sha256: str
    new_sha256: str


@dataclass(frozen=True, slots=True)
class Patch:
    """From one snapshot to another; `changes` in the order of their paths.

    `diff` is a unified diff that `git apply` accepts: UTF-8, one LF after each of its lines.
    `fixed` counts the findings that were meant to go and are gone.
    """

    base_snapshot_id: str
    snapshot_id: str
    changes: tuple[FileChange, ...]
    diff: str
    fixed: int
