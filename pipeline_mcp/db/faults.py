"""Which of a database's errors pass by themselves."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

# SQLSTATEs: connection lost, too few resources (a full disk, too many clients), a server that
# is being stopped or started; whole classes by their first two characters.
_TRANSIENT_STATES = (
    "08",
    "53",
    "57P",
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # lock not available
    "25006",  # read-only: this server has become a replica
)
_TRANSIENT_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_PROTOCOL",
    "SQLITE_FULL",
    "SQLITE_IOERR",
)
# A refused connection has no SQLSTATE, only the server's sentence.
_TRANSIENT_REFUSALS = (
    "the database system is",
    "too many clients",
    "remaining connection slots",
    "terminating connection",
)


def is_transient(error: DBAPIError) -> bool:
    """True if the same statement may well succeed in a while."""
    if error.connection_invalidated:
        return True
    sqlite_name = getattr(error.orig, "sqlite_errorname", None)
    if sqlite_name is not None:
        return str(sqlite_name).startswith(_TRANSIENT_SQLITE)
    state = getattr(error.orig, "pgcode", None)
    if state is not None:
        return str(state).startswith(_TRANSIENT_STATES)
    return _is_passing_refusal(f"{error.orig}")


def _is_passing_refusal(said: str) -> bool:
    """A server that cannot be reached may come; one that answers "no" goes on saying so."""
    if "could not translate host name" in said or "database file" in said:
        return False
    return "FATAL:" not in said or any(phrase in said for phrase in _TRANSIENT_REFUSALS)
