"""Bringing a session's patch into the repository: a commit on a branch, and where it went."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from pipeline_mcp.domain.known import known_fields


@dataclass(frozen=True, slots=True)
class IntegrationWish:
    """What somebody asks for; an empty `branch` is one named after the session.

    An empty `base` is the branch that is checked out, or else the remote's default. A pull request
    needs a push, so `pull_request` means that too. With `dry_run` nothing is written anywhere.
    """

    branch: str = ""
    base: str = ""
    remote: str = "origin"
    push: bool = False
    pull_request: bool = False
    dry_run: bool = False
    principal: str = "local"

    @property
    def is_pushed(self) -> bool:
        """True if the branch is to go to the remote."""
        return self.push or self.pull_request


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file of the patch that is not in the commit, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit, None where there was nothing to commit or it is a dry run.

    `files` are in it, `present` in the commit that it is made from already. `ignored` are settings
    of the repository that were not followed. `is_new` is False for a commit that was there.
    """

    branch: str
    base: str
    parent: str
    commit: str | None
    is_new: bool
    message: str
    files: tuple[str, ...]
    present: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pushed:
    """Where the commit went: `address` without secrets; `base` is the pull request's.

    `carried` counts the commits of the base that went along, because the remote had them not.
    """

    remote: str
    address: str
    base: str
    is_new: bool
    carried: int = 0


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request and the comment on it that is kept up to date.

    `state` is `created`, `updated` or `unchanged`, the comment's as well.
    """

    number: int
    url: str
    state: str
    comment: int | None = None
    comment_state: str = ""


@dataclass(frozen=True, slots=True)
class Integration:
    """How far a wish has come, or came; `missing` says what could not be done, and why not."""

    session_id: str
    wish: IntegrationWish
    committed: Committed | None = None
    pushed: Pushed | None = None
    pull_request: PullRequest | None = None
    missing: tuple[str, ...] = ()
    error: str | None = None

    @property
    def is_whole(self) -> bool:
        """True if all of the patch went everywhere where it was to go."""
        is_in = self.committed is not None and not self.committed.left_out
        return is_in and self.error is None and not self.missing


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How many findings of a rule are gone."""

    tool: str
    rule: str
    findings: int


@dataclass(frozen=True, slots=True)
class Change:
    """One file of the patch with its contents, and the rules whose findings end with it."""

    path: str
    old: bytes
    new: bytes
    rules: tuple[RuleCount, ...] = field(default=())


def wish_from_dict(data: dict[str, Any]) -> IntegrationWish:
    """The inverse of `asdict`; keys that this version does not know are left out."""
    return IntegrationWish(**known_fields(IntegrationWish, data))


def steps_to_dict(integration: Integration) -> dict[str, Any]:
    """A JSON-ready picture of what was done so far."""
    return {
        name: value
        for name, value in asdict(integration).items()
        if name in ("committed", "pushed", "pull_request", "missing")
    }


def integration_from_dict(
    session_id: str, wish: IntegrationWish, steps: dict[str, Any], error: str | None
) -> Integration:
    """The inverse of `steps_to_dict`."""
    committed, pushed, request = (
        steps.get(name) for name in ("committed", "pushed", "pull_request")
    )
    return Integration(
        session_id=session_id,
        wish=wish,
        committed=_committed(committed) if committed else None,
        pushed=Pushed(**known_fields(Pushed, pushed)) if pushed else None,
        pull_request=PullRequest(**known_fields(PullRequest, request)) if request else None,
        missing=tuple(steps.get("missing", ())),
        error=error,
    )


def _committed(data: dict[str, Any]) -> Committed:
    known = known_fields(Committed, data)
    for name in ("files", "present", "ignored"):
        known[name] = tuple(known[name])
    known["left_out"] = tuple(LeftOut(**known_fields(LeftOut, one)) for one in known["left_out"])
    return Committed(**known)
