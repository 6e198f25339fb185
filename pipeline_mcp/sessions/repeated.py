"""A submit that is repeated under the same key gives the session of the first time."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from pipeline_mcp.db import sessions
from pipeline_mcp.db.engine import reading
from pipeline_mcp.domain.session import RunOptions, Submission
from pipeline_mcp.errors import RepeatedKeyError


def submission(key: str, kind: str, options: RunOptions) -> Submission:
    """What identifies a submit: the caller's key, and a digest of what he asks for.

    `kind` is the name of the tool or command. Options that have their defaults do not count, so
    that a later version, which has more of them, makes the same digest.
    """
    defaults = asdict(RunOptions())
    chosen = {name: value for name, value in asdict(options).items() if value != defaults[name]}
    text = json.dumps([kind, chosen], sort_keys=True, default=str)
    return Submission(key, hashlib.sha256(text.encode()).hexdigest())


def earlier(once: Submission, *, principal: str) -> str | None:
    """The session that the principal has submitted under this key, or None.

    Raises:
        RepeatedKeyError: something else was asked for then.
    """
    with reading() as connection:
        found = sessions.submitted(connection, principal, once.key)
    if found is None:
        return None
    session_id, digest = found
    if digest != once.digest:
        raise RepeatedKeyError(once.key, session_id)
    return session_id
