"""Changes of whole files: shown as a diff that git takes, and written all or none."""

from __future__ import annotations

import difflib
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline_mcp.versioning.errors import VersioningError
from pipeline_mcp.workspace.confine import is_plain_path

_NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """A file before and after, relative to the project; `before` is None for a new one."""

    path: str
    before: bytes | None
    after: bytes

    def diff(self) -> str:
        """The change as `git apply` takes it."""
        old, new = f"a/{self.path}", f"b/{self.path}"
        head = f"diff --git {old} {new}\n"
        if self.before is None:
            head += "new file mode 100644\n"
            old = "/dev/null"
        lines = difflib.unified_diff(_lines(self.before or b""), _lines(self.after), old, new)
        return head + "".join(_ended(lines))


def write_all(project: Path, edits: Iterable[FileEdit]) -> None:
    """Put all the new contents in place, each file whole; if one cannot be, none has changed.

    Raises:
        VersioningError: a file has changed meanwhile, or cannot be written.
    """
    wanted = list(edits)
    for edit in wanted:
        _expect_unchanged(project, edit)
    parts: list[tuple[Path, FileEdit]] = []
    done: list[FileEdit] = []
    try:
        parts.extend((_part(project / edit.path, edit.after), edit) for edit in wanted)
        for part, edit in parts:
            part.replace(project / edit.path)
            done.append(edit)
    except OSError as error:
        for edit in done:
            _take_back(project / edit.path, edit)
        raise VersioningError(f"{error.filename} cannot be written: {error.strerror}.") from error
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)


def _expect_unchanged(project: Path, edit: FileEdit) -> None:
    file = project / edit.path
    # A repository names its changelog, and may have a link on the way to it.
    if not is_plain_path(edit.path) or file.parent.resolve() != file.parent:
        raise VersioningError(f"{edit.path} is not inside of the project; nothing was written.")
    found = file.read_bytes() if file.is_file() and not file.is_symlink() else None
    if found != edit.before:
        raise VersioningError(f"{edit.path} has changed meanwhile; nothing was written.")


def _part(file: Path, content: bytes) -> Path:
    """The content beside the file, with the file's mode."""
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".pipeline-mcp-")
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part = Path(name)
    part.chmod(file.stat().st_mode & 0o7777 if file.exists() else 0o644)
    return part


def _take_back(file: Path, edit: FileEdit) -> None:
    if edit.before is None:
        file.unlink(missing_ok=True)
    else:
        _part(file, edit.before).replace(file)


def _lines(content: bytes) -> list[str]:
    """Lines as git counts them: ended by a line feed alone."""
    text = content.decode("utf-8", "surrogateescape")
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [text.rpartition("\n")[2]] * bool(
        text and not text.endswith("\n")
    )


def _ended(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}"
