"""Where an answer goes: standard output, or a file that is whole or not there."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline_mcp.errors import PipelineError


class OutputError(PipelineError):
    """The file of `--output`, or of another `option`, cannot be written."""

    def __init__(self, path: Path, problem: str, option: str = "--output") -> None:
        super().__init__(
            f"{option} {path}: {problem}.",
            next_step="Name a file in a directory that exists and that you may write to.",
        )
        self.path = path


def write_answer(text: str, output: Path | None = None, option: str = "--output") -> None:
    """Write the answer to `output`, which `option` named, or to standard output.

    Raises:
        OutputError: the file cannot be written.
        PipelineError: standard output cannot.
    """
    data = text.encode("utf-8", "backslashreplace")
    if output is None:
        _write_stdout(data)
    else:
        _write_file(data, output, option)


def note(sentence: str) -> None:
    """A line for people, beside the answer."""
    click.echo(sentence, err=True)


def check_output(output: Path | None, option: str = "--output") -> None:
    """Find out before the work whether the answer can be written after it.

    Raises:
        OutputError: it cannot.
    """
    if output is None:
        return
    if output.is_dir():
        raise OutputError(output, "it is a directory", option)
    if not output.absolute().parent.is_dir():
        raise OutputError(output, "its directory does not exist", option)
    if not os.access(output if output.exists() else output.absolute().parent, os.W_OK):
        raise OutputError(output, "you may not write there", option)


def check_reports(reports: Sequence[tuple[str, Path]]) -> None:
    """The same for the files of `--write`.

    Raises:
        OutputError: one of them cannot be written.
    """
    for _, file in reports:
        check_output(file, "--write")


def _write_stdout(data: bytes) -> None:
    """A reader that has gone away, such as `head`, is no error: it has what it wanted."""
    stream = sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        _discard_stdout()
    except OSError as error:
        _discard_stdout()
        raise PipelineError(
            f"The answer cannot be written to standard output: {(error.strerror or '').lower()}."
        ) from error


def _discard_stdout() -> None:
    """What is still buffered would fail once more when the interpreter ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _write_file(data: bytes, output: Path, option: str) -> None:
    try:
        if output.exists() and not output.is_file():
            output.write_bytes(data)  # a device or a pipe must not be replaced by a file
        else:
            replace_file(data, output.resolve())
    except OSError as error:
        raise OutputError(output, f"it cannot be written ({error.strerror})", option) from error


def replace_file(data: bytes, target: Path) -> None:
    """Write beside the file and then put it in its place, so that nobody sees a part of it.

    Raises:
        OSError: the target is as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".pipeline-mcp-")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        part.chmod(_mode(target))
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _mode(target: Path) -> int:
    """The mode that the file has, or that a new one would get."""
    if target.exists():
        return target.stat().st_mode & 0o777
    umask = os.umask(0o077)  # it can only be read by setting it
    os.umask(umask)
    return 0o666 & ~umask
