"""An engine, the images and a running stack, made once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import engine as engines
import pytest
from compose_stack import Stack, lay_out
from engine import Engine

OLD, NEW = "old", "new"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A Docker engine of our own, with the stand-ins for the official images."""
    directory = tmp_path_factory.mktemp("engine")
    with engines.running(directory) as engine:
        engines.make_bases(engine, directory)
        yield engine


@pytest.fixture(scope="session")
def images(engine: Engine) -> Engine:
    """The engine with both of our images, in two versions."""
    build = str(engines.ROOT / "docker/build.sh")
    for version in (OLD, NEW):
        engine.run(build, "--version", version, "--network=host", timeout=1200)
    return engine


@pytest.fixture(scope="session")
def stack(images: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack at the old version, healthy."""
    stack = lay_out(images, tmp_path_factory.mktemp("stack") / "pipeline", "pipeline")
    (stack.directory / ".env").write_text(f"PIPELINE_VERSION={OLD}\n")
    try:
        stack.up()
        yield stack
    finally:
        (stack.directory / "log").write_text(stack.compose("logs", "--no-color"))
        stack.down()


@pytest.fixture
def demo() -> dict[str, str]:
    """A repository with something to find and something to fix."""
    return {"shop/__init__.py": "", "shop/cart.py": "import os\nx=1\n"}


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for files of these tests."""
    return tmp_path_factory.mktemp("scratch")
