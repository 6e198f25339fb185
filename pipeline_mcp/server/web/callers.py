"""Under which names the server may be reached, and from which web pages; nobody else is answered.

A page of somebody else can let its own name point to this machine (DNS rebinding). Its requests
bear that name, so the name is checked whatever the address is.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp.server.transport_security import TransportSecuritySettings
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from pipeline_mcp.config.authentication import is_loopback
from pipeline_mcp.config.server_settings import ServerSettings
from pipeline_mcp.errors import SettingError
from pipeline_mcp.server.web import paths
from pipeline_mcp.server.web.refusal import refusal

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Callers:
    """`hosts` as in the `Host` header, where one without a port stands for every port."""

    hosts: frozenset[str]
    origins: frozenset[str]

    def come_by(self, host: str) -> bool:
        """True if this `Host` header names the server."""
        name, _, port = host.lower().rpartition(":")
        without_port = name if port.isdecimal() else host.lower()
        return host.lower() in self.hosts or without_port in self.hosts

    def come_from(self, origin: str, host: str) -> bool:
        """True if a page of `origin` may ask: the server's own, or one that was allowed."""
        _, _, place = origin.lower().partition("://")
        return place == host.lower() or origin.lower() in self.origins

    def for_sdk(self) -> TransportSecuritySettings:
        """As much of it as the SDK can check; off localhost it checks nothing by itself."""
        hosts = [form for host in sorted(self.hosts) for form in (host, f"{host}:*")]
        own = [f"{scheme}://{host}" for scheme in ("http", "https") for host in hosts]
        return TransportSecuritySettings(
            allowed_hosts=hosts, allowed_origins=[*own, *sorted(self.origins)]
        )


def callers(configured: ServerSettings, host: str) -> Callers:
    """Whom a server that listens at `host` answers.

    Raises:
        SettingError: other machines can reach it, and nobody said by which name.
    """
    hosts = set(configured.allowed_hosts)
    if is_loopback(host):
        hosts |= {*_LOOPBACK, f"[{host}]" if ":" in host else host}
    elif not hosts:
        raise SettingError(
            "PIPELINE_SERVER__ALLOWED_HOSTS",
            f"it must say under which names clients reach a server that listens at {host}",
            next_step="For example PIPELINE_SERVER__ALLOWED_HOSTS=quality.example.org.",
        )
    return Callers(frozenset(hosts), frozenset(configured.allowed_origins))


class Checkpoint:
    """Refuses requests under a wrong name, or of a foreign page."""

    def __init__(self, app: ASGIApp, allowed: Callers) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at `Host` and `Origin`; what is no request of HTTP has neither."""
        if scope["type"] != "http" or paths.path_of(scope) in paths.PROBES:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._allowed.come_by(host):
            said = "This server does not answer to that name; see PIPELINE_SERVER__ALLOWED_HOSTS."
            await refusal(scope, 421, said)(scope, receive, send)
        elif origin is not None and not self._allowed.come_from(origin, host):
            said = "Pages of that origin may not ask; see PIPELINE_SERVER__ALLOWED_ORIGINS."
            await refusal(scope, 403, said)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
