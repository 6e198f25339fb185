"""Which workspaces the operator trusts."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select, update

from pipeline_mcp.db import clock
from pipeline_mcp.db.tables import workspace
from pipeline_mcp.db.upsert import insert_if_absent


def is_trusted(connection: Connection, path: str | Path) -> bool:
    """True if somebody has trusted the workspace at `path` (absolute, links resolved)."""
    query = select(workspace.c.trusted).where(workspace.c.path == str(path))
    return bool(connection.execute(query).scalar())


def trust(connection: Connection, path: str | Path) -> None:
    """Trust the workspace from now on; trusting it again changes nothing."""
    insert_if_absent(connection, workspace, [{"path": str(path), "trusted": False}])
    connection.execute(
        update(workspace)
        .where(workspace.c.path == str(path), workspace.c.trusted.is_(False))
        .values(trusted=True, trusted_at=clock.now())
    )


def distrust(connection: Connection, path: str | Path) -> None:
    """Take the trust back; a workspace that nobody trusted stays as it is."""
    connection.execute(
        update(workspace)
        .where(workspace.c.path == str(path))
        .values(trusted=False, trusted_at=None)
    )
