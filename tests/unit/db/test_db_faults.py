"""What passes by itself and what does not, by errors that the servers really raise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from pipeline_mcp.db.engine import transaction
from pipeline_mcp.db.faults import is_transient
from pipeline_mcp.errors import ServiceError, TransientServiceError


@pytest.fixture
def postgres(postgres_database: str, request: pytest.FixtureRequest) -> Engine:
    """An engine on a Postgres with one row in one table."""
    engine = create_engine(postgres_database)
    request.addfinalizer(engine.dispose)
    with engine.begin() as connection:
        connection.execute(text("create table proof (x integer)"))
        connection.execute(text("insert into proof values (1)"))
    return engine


def error_of(work: Callable[[], object]) -> DBAPIError:
    with pytest.raises(DBAPIError) as caught:
        work()
    return caught.value


def run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def test_a_busy_sqlite_passes(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'db'}", connect_args={"timeout": 0})
    with engine.connect() as writer, engine.connect() as other:
        writer.exec_driver_sql("BEGIN IMMEDIATE")
        assert is_transient(error_of(lambda: other.exec_driver_sql("BEGIN IMMEDIATE")))
    engine.dispose()


@pytest.mark.parametrize("name", ["nothing/here.db", "text.db"])
def test_a_sqlite_file_that_cannot_be_one_stays_so(name: str, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_bytes(b"this is not a database, whatever it is called\n" * 99)
    with pytest.raises(ServiceError) as caught, transaction(f"sqlite:///{tmp_path / name}"):
        pytest.fail("the transaction began")
    assert not isinstance(caught.value, TransientServiceError)


def test_a_connection_that_the_server_ends_passes(postgres: Engine) -> None:
    with postgres.connect() as victim, postgres.connect() as killer:
        pid = victim.execute(text("select pg_backend_pid()")).scalar_one()
        killer.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        assert is_transient(error_of(lambda: run(victim, "select 1")))
        victim.invalidate()


def test_a_serialization_failure_passes(postgres: Engine) -> None:
    with postgres.connect().execution_options(isolation_level="REPEATABLE READ") as late:
        run(late, "select * from proof")
        with postgres.begin() as quick:
            run(quick, "update proof set x = 2")
        assert is_transient(error_of(lambda: run(late, "update proof set x = 3")))


def test_a_server_that_has_become_a_replica_passes(postgres: Engine) -> None:
    with postgres.connect() as connection:
        run(connection, "set transaction read only")
        assert is_transient(error_of(lambda: run(connection, "insert into proof values (2)")))


def test_a_lock_that_is_not_to_be_had_passes(postgres: Engine) -> None:
    with postgres.begin() as holder, postgres.connect() as other:
        run(holder, "lock table proof")
        assert is_transient(error_of(lambda: run(other, "lock table proof nowait")))


def test_a_server_that_is_not_there_passes(state_dir: Path) -> None:
    url = "postgresql+psycopg2://nobody@127.0.0.1:9/none?connect_timeout=2"
    with pytest.raises(TransientServiceError), transaction(url):
        pytest.fail("the transaction began")


def test_a_server_that_says_no_stays_with_it(postgres_database: str, state_dir: Path) -> None:
    url = make_url(postgres_database).set(database="no_such_database")
    with (
        pytest.raises(ServiceError, match="no_such_database") as caught,
        transaction(url.render_as_string(hide_password=False)),
    ):
        pytest.fail("the transaction began")
    assert not isinstance(caught.value, TransientServiceError)


def test_a_mistake_in_a_statement_stays(postgres: Engine) -> None:
    with postgres.connect() as connection:
        assert not is_transient(error_of(lambda: run(connection, "select nonsense")))
