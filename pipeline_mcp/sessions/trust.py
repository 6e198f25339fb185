"""The operator's trust in a workspace: given for good, and never by the repository itself."""

from __future__ import annotations

from pathlib import Path

from pipeline_mcp.db import audit, workspaces
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.domain.event import Action


def is_trusted(workspace: Path) -> bool:
    """True if the operator trusts the workspace (absolute, links resolved).

    Raises:
        ServiceError: the database cannot be used.
    """
    with reading() as connection:
        return workspaces.is_trusted(connection, workspace)


def trust(workspace: Path) -> None:
    """Trust the workspace from now on, and write down that somebody did.

    Raises:
        ServiceError: the database cannot be used.
    """
    with transaction() as connection:
        workspaces.trust(connection, workspace)
        audit.record(connection, Action.TRUST, workspace=str(workspace))
