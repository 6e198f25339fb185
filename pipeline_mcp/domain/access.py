"""Who calls, and what he may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline_mcp.domain.event import LOCAL


class AccessScope(StrEnum):
    """What a token allows; each tool asks for one. `admin` alone contains the others."""

    READ = "read"
    RUN = "run"
    FIX = "fix"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whose sessions are his own: a token's owner, or whoever uses this machine."""

    name: str
    scopes: frozenset[AccessScope]

    def may(self, scope: AccessScope) -> bool:
        """True if one of his scopes allows what `scope` stands for."""
        return scope in self.scopes or AccessScope.ADMIN in self.scopes


# Over stdio, and on loopback without authentication, the operating system has let the caller in.
LOCAL_PRINCIPAL = Principal(LOCAL, frozenset(AccessScope))
