"""The migrations lead up and down again, and end where the tables of the code are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from pipeline_mcp.db import migrate
from pipeline_mcp.db.engine import engine, transaction
from pipeline_mcp.db.tables import metadata


@pytest.fixture(scope="module")
def revisions() -> ScriptDirectory:
    configuration = Config()
    configuration.set_main_option("script_location", str(migrate.scripts()))
    return ScriptDirectory.from_config(configuration)


def table_names() -> set[str]:
    return set(inspect(engine()).get_table_names()) - {"alembic_version"}


def test_there_is_one_head_and_the_code_knows_it(revisions: ScriptDirectory) -> None:
    assert revisions.get_heads() == [migrate.HEAD]


def test_an_empty_database_has_no_revision(empty_database: str) -> None:
    assert migrate.current() is None


def test_up_down_up(empty_database: str) -> None:
    assert migrate.upgrade() == migrate.HEAD
    assert table_names() == set(metadata.tables)
    migrate.downgrade("base")
    assert table_names() == set()
    assert migrate.current() is None
    assert migrate.upgrade() == migrate.HEAD
    assert table_names() == set(metadata.tables)


def test_each_revision_goes_up_and_down(empty_database: str, revisions: ScriptDirectory) -> None:
    for script in reversed(list(revisions.walk_revisions())):
        migrate.upgrade(script.revision)
        migrate.downgrade(script.down_revision or "base")
        assert migrate.upgrade(script.revision) == script.revision


def test_the_migrations_make_the_tables_of_the_code(database: str) -> None:
    with transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_a_database_at_the_head_is_left_alone(database: str) -> None:
    migrate.ensure_current()
    assert migrate.current() == migrate.HEAD


def test_commands_that_start_together_migrate_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        starts = [pool.submit(migrate.ensure_current) for _ in range(4)]
    for start in starts:
        start.result()
    assert migrate.current() == migrate.HEAD
    assert table_names() == set(metadata.tables)
