"""A connection that was idle is asked whether it lives; one that was just used is spared that."""

from __future__ import annotations

import pytest
from fixtures.state import read_settings_anew
from sqlalchemy import create_engine, text

from pipeline_mcp.db.engine import engine, transaction
from pipeline_mcp.errors import TransientServiceError


@pytest.fixture
def pings(
    postgres_database: str, state_dir: object, monkeypatch: pytest.MonkeyPatch
) -> list[object]:
    """Every question whether a connection lives."""
    monkeypatch.setenv("PIPELINE_DATABASE_URL", postgres_database)
    read_settings_anew()
    asked: list[object] = []
    dialect = engine(None).dialect
    do_ping = dialect.do_ping

    def ping(connection: object) -> bool:
        asked.append(connection)
        return do_ping(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(dialect, "do_ping", ping)
    return asked


def use() -> int:
    """The process of the server that answers us."""
    with transaction() as connection:
        return int(connection.execute(text("select pg_backend_pid()")).scalar_one())


def end(pid: int, url: str) -> None:
    """The server ends that process, as one does that restarts."""
    other = create_engine(url, isolation_level="AUTOCOMMIT")
    with other.connect() as connection:
        connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other.dispose()


def test_a_connection_in_use_is_not_asked_every_time(pings: list[object]) -> None:
    assert use() == use() == use()
    assert pings == []


def test_an_idle_connection_whose_server_went_is_replaced(
    pings: list[object], postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = use()
    end(first, postgres_database)
    monkeypatch.setattr("pipeline_mcp.db.engine._IDLE_SECONDS", 0.0)
    assert use() != first
    assert len(pings) == 1


def test_a_connection_whose_server_went_at_this_moment_is_a_fault_that_passes(
    pings: list[object], postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline_mcp.db.engine._IDLE_SECONDS", 1e9)
    first = use()
    end(first, postgres_database)
    with pytest.raises(TransientServiceError):
        use()
    assert use() != first
    assert pings == []
