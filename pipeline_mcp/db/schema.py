"""What all tables share: the names of their constraints, and the kinds of their keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of the type INTEGER.
row_number = BigInteger().with_variant(Integer, "sqlite")


def session_key(*, primary_key: bool = False) -> Column[str]:
    """The column of a table whose rows belong to a session, and go with it."""
    return Column(
        "session_id",
        String(64),
        ForeignKey("session.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )
