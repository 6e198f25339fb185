"""Trust is remembered per workspace, on both kinds of database."""

from __future__ import annotations

import pytest

from pipeline_mcp.db import workspaces
from pipeline_mcp.db.engine import reading, transaction

pytestmark = pytest.mark.usefixtures("database")


def _is_trusted(path: str) -> bool:
    with reading() as connection:
        return workspaces.is_trusted(connection, path)


def test_nobody_is_trusted_unasked() -> None:
    assert not _is_trusted("/work")


def test_trust_is_given_to_one_workspace_and_stays() -> None:
    for _ in range(2):
        with transaction() as connection:
            workspaces.trust(connection, "/work")
    assert _is_trusted("/work")
    assert not _is_trusted("/work/inner")


def test_trust_can_be_taken_back_and_given_again() -> None:
    with transaction() as connection:
        workspaces.trust(connection, "/work")
        workspaces.distrust(connection, "/work")
        workspaces.distrust(connection, "/never-seen")
    assert not _is_trusted("/work")
    with transaction() as connection:
        workspaces.trust(connection, "/work")
    assert _is_trusted("/work")
