"""Engines are made once, transactions commit or vanish, and mistakes are said in a sentence."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import clock
from pipeline_mcp.db.engine import engine, reading, transaction
from pipeline_mcp.errors import ServiceError, SettingError


def count() -> int:
    with reading() as connection:
        return int(connection.execute(text("select count(*) from proof")).scalar_one())


@pytest.fixture
def table(empty_database: str) -> None:
    with transaction() as connection:
        connection.execute(text("create table proof (x integer)"))


def test_an_engine_is_made_once(state_dir: Path) -> None:
    assert engine() is engine()


@pytest.mark.parametrize(
    "url",
    [
        "not a url",
        "mysql://localhost/x",
        "nosuchdialect://",
        "postgresql+nosuchdriver://h/d",
        "postgresql://host:port/x",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_url_that_cannot_work_names_the_setting(
    url: str, state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", url)
    settings.cache_clear()
    with pytest.raises(SettingError, match="PIPELINE_DATABASE_URL"):
        engine()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://nobody@127.0.0.1:9/none?connect_timeout=2",
        "sqlite:////no/such/dir/db",
    ],
)
def test_a_database_that_cannot_be_reached_is_a_service_error(url: str, state_dir: Path) -> None:
    with pytest.raises(ServiceError, match="database"), transaction(url):
        pytest.fail("the transaction began")


def test_a_file_that_is_no_database_is_a_service_error(state_dir: Path) -> None:
    (state_dir / "pipeline.db").write_bytes(
        b"this is not a database, whatever its name says\n" * 99
    )
    with pytest.raises(ServiceError, match="not a database"), transaction():
        pytest.fail("the transaction began")


def test_a_transaction_commits_at_its_end(table: None) -> None:
    with transaction() as connection:
        connection.execute(text("insert into proof values (1)"))
    assert count() == 1


def test_an_error_takes_everything_back(table: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction() as connection:
        connection.execute(text("insert into proof values (1)"))
        _ = 1 / 0
    assert count() == 0


def test_a_reader_does_not_wait_for_a_writer(table: None) -> None:
    with transaction() as connection:
        connection.execute(text("insert into proof values (1)"))
        assert count() == 0
    assert count() == 1


def test_writers_that_write_at_once_all_succeed(table: None) -> None:
    def write() -> None:
        for _ in range(10):
            with transaction() as connection:
                seen = connection.execute(text("select count(*) from proof")).scalar_one()
                connection.execute(text("insert into proof values (:seen)"), {"seen": seen})

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert count() == 40


def test_time_is_the_databases_and_moves_within_a_transaction(empty_database: str) -> None:
    with transaction() as connection:
        first = connection.execute(clock.now().select()).scalar_one()
        assert first > 1_700_000_000
        assert connection.execute(clock.now().select()).scalar_one() >= first
