"""Where a remote is, by which protocol it is reached, and whether our token belongs there."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr

from pipeline_mcp.config.document import shown
from pipeline_mcp.config.settings import Settings
from pipeline_mcp.github.repository import parse_remote, web_host
from pipeline_mcp.integration.errors import IntegrationError
from pipeline_mcp.workspace.borrowed import Borrowed
from pipeline_mcp.workspace.git_settings import GitSettings

# The name of the remote in the repository of our own.
THERE = "there"
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_SCP = re.compile(r"[^/\s]+:.*")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PROTOCOLS = {"https": "https", "ssh": "ssh", "git+ssh": "ssh", "ssh+git": "ssh", "file": "file"}


@dataclass(frozen=True, slots=True)
class Address:
    """A remote; `url` may have the operator's secrets in it, `public` has none.

    `options` are settings for git, `protocol` is what it may use and nothing else.
    """

    url: str
    protocol: str
    options: tuple[tuple[str, str], ...]

    @property
    def public(self) -> str:
        """The address as it may be shown."""
        return shown(_without_user(self.url), limit=300)


def address_of(ours: Borrowed, remote: str, configured: Settings, *, trusted: bool) -> Address:
    """Where pushes to `remote` go, with the token's header if that is where it belongs.

    Raises:
        IntegrationError: there is no such remote, or its address may not be used.
    """
    url = _effective(ours.settings, remote)
    protocol = _protocol(url, remote, trusted=trusted)
    token = configured.github.token
    if protocol == "file" and "://" not in url:
        url = str(ours.root / url)
    options: list[tuple[str, str]] = []
    if protocol in ("https", "http") and _is_home(url, configured):
        if token is not None:
            url = _without_user(url)
            options += _header(url, token)
        elif ours.settings.get("credential.helper") is None and url == _without_user(url):
            raise IntegrationError(
                f"There is no push to {url}: github.token is not set.",
                next_step="Set PIPELINE_GITHUB__TOKEN to a token with the permission Contents: "
                "write.",
            )
    options.append((f"remote.{THERE}.url", url))
    return Address(url, protocol, tuple(options))


def without_rewriting(settings: GitSettings) -> GitSettings:
    """The settings for an address that was rewritten already."""
    kept = (one for one in settings.used if not one.key.startswith(("url.", "remote.")))
    return replace(settings, used=tuple(kept))


def _effective(settings: GitSettings, remote: str) -> str:
    for name, kinds in (("pushurl", ("insteadof",)), ("url", ("pushinsteadof", "insteadof"))):
        key = f"remote.{remote}.{name}"
        values = [one.value for one in settings.remotes if one.key == key]
        if values:
            return _rewritten(settings, values[0], kinds)
    known = sorted({one.key.split(".")[1] for one in settings.remotes if one.key.endswith(".url")})
    raise IntegrationError(
        f"The repository has no remote {shown(remote)!r}.",
        next_step=f"It has: {shown(', '.join(known), limit=200)}; choose with --remote."
        if known
        else "Add one with `git remote add`, or integrate without --push.",
    )


def _rewritten(settings: GitSettings, url: str, kinds: Sequence[str]) -> str:
    """As `url.….pushInsteadOf` or else `insteadOf` has it: the longest beginning counts."""
    for kind in kinds:
        found = [
            (one.value, one.key.removeprefix("url.").removesuffix(f".{kind}"))
            for one in settings.used
            if one.key.startswith("url.")
            and one.key.endswith(f".{kind}")
            and url.startswith(one.value)
        ]
        if found:
            beginning, place = max(found, key=lambda pair: len(pair[0]))
            return place + url.removeprefix(beginning)
    return url


def _protocol(url: str, remote: str, *, trusted: bool) -> str:
    named = f"The remote {shown(remote)} is {shown(_without_user(url), limit=200)}"
    if _HELPER.match(url) or url.startswith("-"):
        raise IntegrationError(f"{named}, which is no address but a program to run.")
    scheme = urlsplit(url).scheme if "://" in url else "ssh" if _is_scp(url) else "file"
    protocol = _PROTOCOLS.get(scheme)
    if scheme == "http" and urlsplit(url).hostname in _LOOPBACK:
        return "http"
    if protocol is None:
        raise IntegrationError(
            f"{named}: {scheme} is not safe to push by.",
            next_step="Give the remote an https:// or ssh:// address.",
        )
    if protocol == "file" and not trusted:
        raise IntegrationError(
            f"{named}, on this machine, and a push runs the hooks of that repository.",
            next_step="If they may run, trust the workspace: `pipeline-mcp scan --trust PATH`.",
        )
    return protocol


def _is_scp(url: str) -> bool:
    return _SCP.fullmatch(url) is not None


def _is_home(url: str, configured: Settings) -> bool:
    """True for the server of the API: the token goes nowhere else."""
    found = parse_remote(url)
    return found is not None and found[0] == web_host(configured.github.api_url)


def _header(url: str, token: SecretStr) -> list[tuple[str, str]]:
    parts = urlsplit(url)
    secret = base64.b64encode(f"x-access-token:{token.get_secret_value()}".encode()).decode()
    key = f"http.{parts.scheme}://{parts.netloc}/.extraHeader"
    # An empty value drops what was set before.
    return [("credential.helper", ""), (key, ""), (key, f"Authorization: Basic {secret}")]


def _without_user(url: str) -> str:
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
