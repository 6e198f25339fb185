"""What a session came to is made once, by whoever ends it, and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fixtures import fixing
from sqlalchemy import delete, select, update

from pipeline_mcp.db import migrate
from pipeline_mcp.db.engine import reading, transaction
from pipeline_mcp.db.tables import finding, session
from pipeline_mcp.reporting.summary import summarise
from pipeline_mcp.sessions.report import report
from pipeline_mcp.sessions.summary import summary
from tasks.cleanup import cleanup


@pytest.fixture
def ended(tmp_path: Path, state_dir: Path) -> str:
    migrate.upgrade()
    (tmp_path / "a.py").write_text("import os\nimport sys\n")
    found = fixing.run(fixing.begin(tmp_path, "ruff"))
    assert len(found.findings) == 0
    assert found.fixes is not None and found.fixes.fixed == 2
    return found.session_id


def kept(session_id: str) -> dict[str, Any] | None:
    with reading() as connection:
        query = select(session.c.summary).where(session.c.id == session_id)
        return connection.execute(query).scalar()


def test_whoever_cleans_up_writes_it_down(ended: str) -> None:
    assert kept(ended) is None
    cleanup(ended)
    assert kept(ended) == summarise(report(ended))


def test_it_is_told_without_a_look_at_the_findings(ended: str) -> None:
    told = summary(ended)
    with transaction() as connection:
        connection.execute(delete(finding))
    assert summary(ended) == told
    assert told["document"]["summary"]["fixed"] == 2


def test_one_that_another_version_made_is_made_anew(ended: str) -> None:
    told = summary(ended)
    with transaction() as connection:
        connection.execute(update(session).values(summary={"version": -1}))
    assert summary(ended) == told
    assert kept(ended) == told
