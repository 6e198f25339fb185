"""The servers that the other tests stand on are real, private and empty."""

from __future__ import annotations

import pytest
import redis
from sqlalchemy import inspect, make_url, text

from pipeline_mcp.db.engine import engine, transaction


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_an_empty_postgres_database(
    postgres_database: str, state_dir: object, turn: str
) -> None:
    assert inspect(engine(postgres_database)).get_table_names() == []
    with transaction(postgres_database) as connection:
        connection.execute(text("create table proof (x integer)"))


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_gets_an_empty_redis(redis_database: str, turn: str) -> None:
    with redis.Redis.from_url(redis_database) as client:
        assert client.dbsize() == 0
        client.set("proof", turn)


def test_redis_asks_for_the_password(redis_database: str) -> None:
    address = make_url(redis_database)
    with (
        redis.Redis(host=address.host, port=address.port, retry=None) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
