"""Which sessions a transaction changes: announced once it has committed, see `db.engine`."""

from __future__ import annotations

from sqlalchemy import Connection

# The option of a connection that holds them: a set of ids.
CHANGED = "changed_sessions"


def note(connection: Connection, session_id: str) -> None:
    """Whoever follows this session is to hear of this transaction."""
    changed: set[str] | None = connection.get_execution_options().get(CHANGED)
    if changed is not None:
        changed.add(session_id)
