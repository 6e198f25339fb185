"""The baseline that a session holds, as it was when its snapshot was taken."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from pipeline_mcp.db.compression import compress, decompress
from pipeline_mcp.db.tables import line
from pipeline_mcp.db.upsert import insert_if_absent
from pipeline_mcp.domain.baseline import BaselineError, baseline_from_text, baseline_text
from pipeline_mcp.domain.baseline import BaselineFile as File


@dataclass(frozen=True, slots=True)
class Line:
    """A baseline, and the files that git has seen move since it was written, old path to new."""

    file: File
    renames: dict[str, str]


def save(connection: Connection, session_id: str, held: Line) -> None:
    """Write the session's line, once."""
    row = {
        "session_id": session_id,
        "path": held.file.path,
        "sha256": held.file.sha256,
        "content": compress(baseline_text(held.file.baseline).encode()),
        "renames": held.renames,
    }
    insert_if_absent(connection, line, [row])


def get(connection: Connection, session_id: str) -> Line | None:
    """The session's line, or None where it has no baseline.

    Raises:
        BaselineError: what was stored is damaged.
    """
    row = connection.execute(select(line).where(line.c.session_id == session_id)).mappings().first()
    if row is None:
        return None
    content = decompress(row["content"])
    if content is None:
        raise BaselineError(row["path"], "its copy in the database is damaged")
    baseline = baseline_from_text(content, row["path"])
    return Line(File(row["path"], row["sha256"], baseline), dict(row["renames"]))


def name(connection: Connection, session_id: str) -> tuple[str, str] | None:
    """Path and sha256 of the session's baseline file, or None where it has none."""
    query = select(line.c.path, line.c.sha256).where(line.c.session_id == session_id)
    row = connection.execute(query).first()
    return None if row is None else (row.path, row.sha256)
