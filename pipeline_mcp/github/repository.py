"""Which repository on GitHub a workspace is a clone of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.errors import SettingError
from pipeline_mcp.workspace.git import work_tree_of

# git@HOST:OWNER/NAME.git, which is no URL
_SCP = re.compile(r"(?:[^@/\s]+@)?([^:/\s]+):(?!//)(\S+)")
_PATH = re.compile(r"/?([A-Za-z0-9][A-Za-z0-9-]{0,38})/([A-Za-z0-9._-]{1,100})")
_SET_IT = "Set github.repository (PIPELINE_GITHUB__REPOSITORY) to OWNER/NAME."


@dataclass(frozen=True, slots=True)
class Repository:
    """`owner/name` on the server of the settings."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


def repository_of(configured: Settings, workspace: Path) -> Repository:
    """The setting `github.repository`, or else what the remote `origin` of the workspace is.

    Raises:
        SettingError: neither says it, or `origin` is on another server than `github.api_url`.
    """
    if configured.github.repository:
        owner, _, name = configured.github.repository.partition("/")
        return Repository(owner, name)
    origin = _origin(workspace)
    found = parse_remote(origin)
    if found is None:
        said = "it is not set, and the workspace has no remote `origin` on GitHub"
        raise SettingError("github.repository", said, next_step=_SET_IT)
    host, repository = found
    if host != (expected := web_host(configured.github.api_url)):
        said = f"the workspace's `origin` is on {host}, but github.api_url belongs to {expected}"
        raise SettingError("github.repository", said, next_step=_SET_IT)
    return repository


def parse_remote(url: str) -> tuple[str, Repository] | None:
    """The host and the repository that a remote's URL names; None if it is of no such kind."""
    if "://" in url:
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return None
    else:
        match = _SCP.fullmatch(url)
        if match is None:
            return None
        host, path = match.groups()
    match = _PATH.fullmatch(path.rstrip("/").removesuffix(".git"))
    if not host or match is None or match[2] in (".", ".."):
        return None
    return _canonical(host.lower()), Repository(match[1], match[2])


def web_host(api_url: str) -> str:
    """The host of the pages that belong to an API: `github.com` of `https://api.github.com`."""
    return _canonical((urlsplit(api_url).hostname or "").removeprefix("api."))


def _canonical(host: str) -> str:
    # Where port 22 is closed, GitHub takes SSH under other names.
    return host.removeprefix("ssh.").removeprefix("altssh.").removeprefix("www.")


def _origin(workspace: Path) -> str:
    tree = work_tree_of(workspace)
    if tree is None:
        return ""
    asked = ("config", "--local", "--no-includes", "--get", "remote.origin.url")
    answer = tree.run(*asked, directory=tree.root)
    return answer.stdout.decode("utf-8", "replace").strip()
