"""git's settings for a work tree: the operator's, and those of the repository that run nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline_mcp.errors import WorkspaceError
from pipeline_mcp.workspace.git import WorkTree

_OPERATOR = ("system", "global")
_REPOSITORY = ("local", "worktree")
# Who commits and whether it is signed: names and keys, no programs.
_IDENTITY = re.compile(
    r"(user|author|committer)\.(name|email)|user\.(signingkey|useconfigonly)"
    r"|commit\.gpgsign|gpg\.format"
)
# What starts a program of the repository's choice, or sends data or secrets where it says.
_POWER = re.compile(
    r"gpg\.(.+\.)?program|gpg\.ssh\.defaultkeycommand|core\.(sshcommand|gitproxy|askpass)"
    r"|credential\..+|https?\..+|url\..+|ssh\..+|protocol\..+|include(if)?\..+"
)
_REMOTE_POWER = re.compile(r"remote\..+\.(proxy|proxyauthmethod|receivepack|vcs)|core\.hookspath")
_FILTER = re.compile(r"filter\..+\.(clean|smudge|process)")
# What git runs where nobody says otherwise; nothing where it is not named.
_PROGRAMS = {
    "gpg.program": "gpg",
    "gpg.openpgp.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
}
_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit", "pre-push")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of configuration; `scope` is git's word for whose it is."""

    scope: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class GitSettings:
    """`used` counts, in git's order; `ignored` are keys that the repository set in vain.

    `remotes` are all `remote.…` entries: addresses, which nothing is done with but to read them.
    """

    used: tuple[Entry, ...]
    ignored: tuple[str, ...]
    remotes: tuple[Entry, ...]

    def get(self, key: str) -> str | None:
        """The value that counts; None where there is none."""
        return next((one.value for one in reversed(self.used) if one.key == key), None)

    def is_on(self, key: str) -> bool:
        """True if the setting says yes, in any of git's words."""
        return (self.get(key) or "").lower() in ("true", "yes", "on", "1")


def read_settings(tree: WorkTree, *, trusted: bool) -> GitSettings:
    """The settings as git resolves them, with the operator's conditions on directories.

    Of a workspace that is not trusted, nothing counts that starts a program or leads elsewhere.

    Raises:
        WorkspaceError: git cannot read its configuration.
    """
    entries = _entries(tree)
    used, ignored = [], set()
    for one in entries:
        is_include = one.key.startswith(("include.", "includeif."))
        if one.scope in _OPERATOR and not is_include:
            used.append(one)
        elif one.scope in _REPOSITORY:
            if _IDENTITY.fullmatch(one.key) or (
                trusted and _POWER.fullmatch(one.key) and not is_include
            ):
                used.append(one)
            elif _is_ignored(one.key, trusted=trusted):
                ignored.add(one.key)
    remotes = tuple(one for one in entries if one.key.startswith("remote."))
    return GitSettings(tuple(used), (*sorted(ignored), *_hooks(tree)), remotes)


def without_programs(tree: WorkTree) -> list[str]:
    """Options for git, so that a commit or tag runs no program that the repository names.

    Raises:
        WorkspaceError: git cannot read its configuration.
    """
    entries = _entries(tree)
    ours = {one.key: one.value for one in entries if one.scope in _OPERATOR}
    named = {one.key for one in entries if one.scope in _REPOSITORY}
    values = {
        key: ours.get(key, _PROGRAMS.get(key, ""))
        for key in sorted(named)
        if _FILTER.fullmatch(key) or (key.startswith("gpg.") and _POWER.fullmatch(key))
    }
    return [part for key, value in values.items() for part in ("-c", f"{key}={value}")]


def _is_ignored(key: str, *, trusted: bool) -> bool:
    """Includes are resolved: what they bring is judged line by line."""
    if key.startswith(("include.", "includeif.")):
        return False
    return bool(_REMOTE_POWER.fullmatch(key) or (not trusted and _POWER.fullmatch(key)))


def _entries(tree: WorkTree) -> list[Entry]:
    said = tree.run_as_operator("config", "--list", "--show-scope", "-z", directory=tree.root)
    if said.returncode != 0:
        reason = os.fsdecode(said.stderr).strip()[:300]
        raise WorkspaceError(f"git cannot read its configuration in {tree.root}: {reason}.")
    words = os.fsdecode(said.stdout).split("\0")
    return list(_paired(words[0::2], words[1::2]))


def _paired(scopes: Iterable[str], lines: Iterable[str]) -> Iterable[Entry]:
    for scope, line in zip(scopes, lines, strict=False):
        key, has_value, value = line.partition("\n")
        yield Entry(scope, key, value if has_value else "true")


def _hooks(tree: WorkTree) -> list[str]:
    """Those that a commit or a push by hand would run."""
    said = tree.run("rev-parse", "--git-common-dir", directory=tree.root)
    hooks = tree.root / os.fsdecode(said.stdout).strip() / "hooks"
    return [f"the hook {name}" for name in _HOOKS if os.access(hooks / name, os.X_OK)]
