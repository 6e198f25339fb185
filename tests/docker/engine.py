"""A Docker engine of the tests' own, and the images that stand in for the official ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fixtures.requirements import missing
from fixtures.waiting import wait_until

ROOT = Path(__file__).parents[2]
_STAND_INS = Path(__file__).parent / "stand_ins"
_PYTHON = "python:3.11-slim-bookworm"
# Each by the tag that the stack names.
_BASES = ("redis:7-bookworm", "postgres:15-bookworm", "haproxy:2.6-bookworm")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True, slots=True)
class Engine:
    """Where the engine listens, as environment of its clients."""

    environment: Mapping[str, str]

    def docker(self, *words: str, timeout: float = 900) -> str:
        """What `docker WORDS` prints; it must succeed."""
        return self.run("docker", *words, timeout=timeout)

    def run(
        self, *words: str, timeout: float = 900, variables: Mapping[str, str] | None = None
    ) -> str:
        """What a command prints that uses the engine; it must succeed."""
        ended = self.ends(*words, timeout=timeout, variables=variables)
        assert ended.returncode == 0, f"{' '.join(words)}:\n{ended.stdout}\n{ended.stderr}"
        return ended.stdout

    def ends(
        self, *words: str, timeout: float = 900, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """How a command ends that uses the engine."""
        return subprocess.run(
            words,
            cwd=ROOT,
            env={**self.environment, **(variables or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def has_image(self, tag: str) -> bool:
        """Whether an image of this tag is there."""
        return self.ends("docker", "image", "inspect", tag).returncode == 0


def clients_environment(host: str) -> dict[str, str]:
    """The variables by which Debian's clients find the engine at `host`."""
    return {
        **os.environ,
        # Debian's client fits Debian's engine; another one may be in front of it.
        "PATH": f"/usr/bin:/usr/sbin:/bin:/sbin:{os.environ.get('PATH', '')}",
        "DOCKER_HOST": host,
        "DOCKER_BUILDKIT": "0",
        "COMPOSE_DOCKER_CLI_BUILD": "0",
    }


@contextmanager
def running(directory: Path) -> Iterator[Engine]:
    """The engine that DOCKER_HOST names, or one with its data in `directory` as long as needed.

    The stand-ins take the names of official images there.
    """
    if host := os.environ.get("DOCKER_HOST"):
        yield Engine(clients_environment(host))
        return
    engine, process = _start(directory)
    try:
        yield engine
    finally:
        process.terminate()
        process.wait(60)


def _start(directory: Path) -> tuple[Engine, subprocess.Popen[bytes]]:
    for program in ("dockerd", "docker-compose", "debootstrap", "iptables"):
        if shutil.which(program, path="/usr/bin:/usr/sbin:/sbin") is None:
            missing(f"{program} (Debian: docker.io docker-compose debootstrap iptables)")
    if os.geteuid() != 0:
        missing("a Docker engine of our own, which only root can start,")
    engine = Engine(clients_environment(f"unix://{directory}/docker.sock"))
    with (directory / "dockerd.log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/dockerd", *_flags(directory)],
            env=dict(engine.environment),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def answers() -> bool:
        assert process.poll() is None, (directory / "dockerd.log").read_text()[-3000:]
        return engine.ends("docker", "info").returncode == 0

    wait_until(answers, timeout=60, message="the engine answers")
    return engine, process


def make_bases(engine: Engine, directory: Path) -> None:
    """The stand-ins for the official images, under the tags that the files name."""
    if not engine.has_image(_PYTHON):
        _import_debian(engine, directory / "rootfs")
    for tag in _BASES:
        name = tag.partition(":")[0]
        file = str(_STAND_INS / f"Dockerfile.{name}")
        engine.docker("build", "--network=host", "--file", file, "--tag", tag, str(_STAND_INS))


def _flags(directory: Path) -> Sequence[str]:
    return (
        f"--data-root={directory}/data",
        f"--exec-root={directory}/exec",
        f"--pidfile={directory}/dockerd.pid",
        f"--host=unix://{directory}/docker.sock",
    )


def _import_debian(engine: Engine, rootfs: Path) -> None:
    packages = "--include=ca-certificates,python3,python3-venv"
    engine.run("debootstrap", "--variant=minbase", packages, "bookworm", str(rootfs))
    # Whom this machine trusts, a build on it trusts as well: it may reach its registry by a proxy.
    shutil.copyfile(_CERTIFICATES, rootfs / _CERTIFICATES.relative_to("/"))
    (rootfs / "etc/pip.conf").write_text(f"[global]\ncert = {_CERTIFICATES}\n")
    with subprocess.Popen(
        ["tar", "--directory", rootfs, "--create", "."], stdout=subprocess.PIPE
    ) as archive:
        subprocess.run(
            ["docker", "import", "-", _PYTHON],
            env=dict(engine.environment),
            stdin=archive.stdout,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    shutil.rmtree(rootfs)
