"""Bring a commit to a branch of a remote, unless others have been there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.domain.integration import Committed, Pushed
from pipeline_mcp.integration.address import THERE, Address, address_of, without_rewriting
from pipeline_mcp.integration.branch import HEADS, others
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.integration.ownership import known
from pipeline_mcp.workspace.borrowed import Borrowed, borrowed, said
from pipeline_mcp.workspace.git import WorkTree
from pipeline_mcp.workspace.git_settings import GitSettings

_USER = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class _There:
    """What a remote has: its default branch, empty if it does not say, and branches by name."""

    default: str
    branches: Mapping[str, str]


def push(
    tree: WorkTree,
    settings: GitSettings,
    configured: Settings,
    done: Committed,
    *,
    remote: str,
    trusted: bool,
) -> Pushed:
    """Push the commit; a branch that has it already is not pushed to.

    Raises:
        IntegrationError: the remote cannot be used or refuses, the branch is its default one, or
            it has commits of others.
    """
    commit = done.commit or ""
    with borrowed(tree, settings, writes=False) as mine:
        address = address_of(mine, remote, configured, trusted=trusted)
        ours = replace(mine, settings=without_rewriting(settings))
        there = _look(ours, address, (done.branch, done.base), remote)
        if done.branch == there.default:
            raise IntegrationError(
                f"{done.branch} is the default branch of {remote}, which is never pushed to.",
                next_step="Name another one with --branch (`branch`).",
            )
        tip = there.branches.get(done.branch)
        if tip not in (None, commit):
            _expect_ours(ours, address, done.branch, tip or "", remote)
        if tip != commit:
            _push(ours, address, done.branch, commit, expected=tip or "")
        return Pushed(
            remote=remote,
            address=address.public,
            base=done.base or there.default,
            is_new=tip != commit,
            carried=_carried(ours, done.parent, there.branches.get(done.base)),
        )


def _carried(ours: Borrowed, parent: str, base: str | None) -> int:
    """How many commits the remote's base has not; 0 also where that one is not known here."""
    if base is None:
        return 0
    counted = ours.run("rev-list", "--count", parent, f"^{base}")
    return int(counted.stdout) if counted.returncode == 0 else 0


def _look(ours: Borrowed, address: Address, branches: tuple[str, ...], remote: str) -> _There:
    names = ("HEAD", *(f"{HEADS}{branch}" for branch in branches if branch))
    done = _reach(ours, address, "ls-remote", "--symref", THERE, *names)
    if done.returncode != 0:
        raise IntegrationError(
            f"{remote} ({address.public}) cannot be read: {_said(done)}.",
            next_step="Check the address and your access; for https, set github.token.",
        )
    default, found = "", {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        value, _, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            default = value.removeprefix("ref: ").removeprefix(HEADS)
        elif name.startswith(HEADS):
            found[name.removeprefix(HEADS)] = value
    return _There(default, found)


def _expect_ours(ours: Borrowed, address: Address, branch: str, tip: str, remote: str) -> None:
    """Look at the remote's commit: it may come from another clone, or from a run in CI."""
    fetch = ("fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
    got = _reach(ours, address, *fetch, "--no-recurse-submodules", THERE, f"{HEADS}{branch}")
    found = ours.run("cat-file", "commit", tip)
    if got.returncode != 0 and found.returncode != 0:
        raise IntegrationError(f"{branch} of {remote} cannot be read: {_said(got)}.")
    if not known(found.stdout).is_ours:
        raise others(branch, f" of {remote}")


def _push(ours: Borrowed, address: Address, branch: str, commit: str, *, expected: str) -> None:
    done = _reach(
        ours,
        address,
        *("push", "--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no"),
        # Whoever has pushed since we looked keeps what he has pushed.
        f"--force-with-lease={HEADS}{branch}:{expected}",
        THERE,
        f"{commit}:{HEADS}{branch}",
    )
    if done.returncode != 0:
        refused = [
            line.split("\t")[-1]
            for line in done.stdout.decode("utf-8", "replace").splitlines()
            if line.startswith("!")
        ]
        raise IntegrationError(
            f"{address.public} refuses the push of {branch}: "
            f"{'; '.join(filter(None, [*refused, _said(done)]))}.",
            next_step="Check that you, or the token (Contents: write), may push there.",
        )


def _reach(ours: Borrowed, address: Address, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return ours.reach_out(*arguments, protocols=address.protocol, options=address.options)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return _USER.sub("", said(done))
