"""A wheel in an environment that has nothing else: does it install, import and start?"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.versioning.artifacts import Distribution
from pipeline_mcp.versioning.workshop import StepError, Workshop, failed, incomplete, last_words

_PROGRAM = Path(__file__).with_name("installed_program.py")
# A program that waits for something instead of helping would wait for long.
_HELP_SECONDS = 60.0
_TRACEBACK = "Traceback (most recent call last)"
_ENDED = "it ended the interpreter"
_CONSOLE = "console_scripts "


@dataclass(frozen=True, slots=True)
class Loading:
    """What was tried in the environment, in order, with the error, or None where it went well."""

    tried: tuple[tuple[str, str | None], ...]

    def imports(self) -> list[tuple[str, str | None]]:
        """Of the modules."""
        return [each for each in self.tried if each[0].startswith("import ")]

    def entry_points(self) -> list[tuple[str, str | None]]:
        """Of the entry points."""
        return [each for each in self.tried if not each[0].startswith("import ")]


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution in an environment of its own."""

    shop: Workshop
    wheel: Distribution
    environment: Path

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.environment / "bin" / "python"

    def loading(self, modules: Sequence[str]) -> Loading:
        """Import the modules, and load the distribution's entry points.

        Raises:
            StepError: nobody can say how that went.
        """
        answer = self.shop.scratch / "loading.jsonl"
        # -I: neither the directory and the environment of the caller, nor our own packages.
        command: list[str | Path] = [self.python, "-I", _PROGRAM, answer, self.wheel.name, *modules]
        done = self.shop.run(command)
        if not answer.exists():
            raise incomplete(f"the environment's interpreter failed: {last_words(done)}")
        lines = [json.loads(line) for line in answer.read_text(encoding="utf-8").splitlines()]
        rows = {line["what"]: line.get("error", _ENDED) for line in lines}
        return Loading(tuple(rows.items()))

    def help_of(self, script: str) -> str | None:
        """What is worth saying of `script --help`; None if it ended well.

        Raises:
            StepError: it crashed, or did not end.
        """
        done = self.shop.run([self.environment / "bin" / script, "--help"], seconds=_HELP_SECONDS)
        if done.exit_code == 0:
            return None
        if _TRACEBACK in done.stderr or done.exit_code < 0:
            raise failed(f"`{script} --help` crashed: {last_words(done)}")
        return f"`{script} --help` ends with exit code {done.exit_code}"


def install(shop: Workshop, wheel: Distribution) -> Installed:
    """Make the environment, install the wheel with what it depends on, and ask pip about it.

    Raises:
        StepError: that did not go well.
    """
    environment = shop.built.parent / "environment"
    # With a pip of its own it would not be empty, and take several times as long to make.
    shop.succeed([sys.executable, "-P", "-m", "venv", "--without-pip", environment])
    installed = Installed(shop, wheel, environment)
    pip: list[str | Path] = [sys.executable, "-P", "-m", "pip", "--python", installed.python]
    shop.succeed([*pip, "install", "--quiet", "--no-compile", wheel.file])
    try:
        shop.succeed([*pip, "check"])
    except StepError as error:
        raise StepError(error.outcome, f"the dependencies do not fit: {error.said}") from error
    return installed


def console_scripts(loading: Loading) -> list[str]:
    """The names of the console scripts that could be loaded."""
    return [
        what.removeprefix(_CONSOLE).partition(" = ")[0]
        for what, error in loading.entry_points()
        if what.startswith(_CONSOLE) and error is None
    ]
