"""The addresses of a session's documents: `pipeline://sessions/<id>/<document>`."""

from __future__ import annotations

import re
from enum import StrEnum

_SESSION = re.compile(r"pipeline://sessions/(?P<id>[^/?#]+)/(?P<document>[a-z]+)(?:\?.*)?")


class Document(StrEnum):
    """What there is of a session; the last part of the address."""

    REPORT = "report"
    FINDINGS = "findings"
    PATCH = "patch"
    SARIF = "sarif"
    LOG = "log"


def address(session_id: str, document: Document, **query: str) -> str:
    """The document's address; `query` asks for a page or a part of it."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return f"pipeline://sessions/{session_id}/{document}{'?' if asked else ''}{asked}"


def session_of(uri: str) -> str | None:
    """The id of the session that the address is about; None for any other address."""
    match = _SESSION.fullmatch(uri)
    if match is None or match["document"] not in set(Document):
        return None
    return match["id"]
