"""A configuration file as plain values, with the line of every key and all that is wrong."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from pipeline_mcp.config.yaml_nodes import YamlSyntaxError, compose, scalar
from pipeline_mcp.errors import Problem

# The way to a value: keys of mappings and positions in lists.
Key = tuple[str | int, ...]

MAX_BYTES = 64 * 1024


@dataclass(slots=True)
class Document:
    """What a file says; `data` holds what could be read, `problems` what could not."""

    source: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def line(self, key: Key) -> int:
        """The line of `key`, or of the nearest value around it that has one; 0 if none has."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.lines:
                return self.lines[key[:length]]
        return 0

    def complain(self, key: Key, message: str, *, line: int = 0) -> None:
        """Add a problem at `key`."""
        place = line or self.line(key)
        self.problems.append(Problem(self.source, place, key_name(key), message))


def key_name(key: Key) -> str:
    """`("tool_options", "ruff", "args", 0)` as `tool_options.ruff.args[0]`, safe to print."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return shown(written.removeprefix("."))


def shown(text: str, *, limit: int = 80) -> str:
    """At most `limit` characters of `text`; whatever could move a cursor is replaced."""
    clean = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"


def read_document(path: Path, *, source: str | None = None, follow: bool = True) -> Document | None:
    """The file at `path`, or None where there is none; what is wrong is in its `problems`.

    With `follow` False a symbolic link is refused.
    """
    document = Document(source or str(path))
    try:
        content = _content(path, follow=follow)
    except FileNotFoundError:
        return None
    except _UnreadableError as error:
        document.complain((), str(error))
    except OSError as error:
        document.complain((), f"it cannot be read: {error.strerror}")
    else:
        _parse(document, content)
    return document


class _UnreadableError(Exception):
    """The file is not one that is read; the text says why."""


def _content(path: Path, *, follow: bool) -> bytes:
    if path.is_symlink() and not follow:
        raise _UnreadableError(
            "it is a symbolic link, which is not followed; put the file itself here"
        )
    # O_NOFOLLOW holds even if the link appears after the question above; O_NONBLOCK because
    # opening a pipe would wait for its writer.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    descriptor = os.open(path, flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _UnreadableError("it is not a regular file")
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise _UnreadableError(f"it is larger than {MAX_BYTES // 1024} KiB")
    return content


def _parse(document: Document, content: bytes) -> None:
    try:
        root = compose(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        document.complain((), "it is not UTF-8", line=line)
        return
    except YamlSyntaxError as error:
        document.complain((), error.problem, line=error.line)
        return
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return
    if isinstance(root, MappingNode):
        document.data = _mapping(document, (), root)
    else:
        document.complain((), "it must be a mapping of keys to values", line=_line(root))


def _value(document: Document, key: Key, node: Node) -> Any:
    document.lines.setdefault(key, _line(node))
    if isinstance(node, MappingNode):
        return _mapping(document, key, node)
    if not isinstance(node, ScalarNode):
        items = enumerate(node.value)
        return [_value(document, (*key, position), item) for position, item in items]
    try:
        return scalar(node)
    except (ValueError, OverflowError) as error:
        document.complain(key, shown(str(error)))
        return None


def _mapping(document: Document, key: Key, node: MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name_node, value_node in node.value:
        line = _line(name_node)
        if not isinstance(name_node, ScalarNode):
            document.complain(key, "a key must be a word", line=line)
            continue
        name = name_node.value
        inner = (*key, name)
        if name in found:
            first = document.lines[inner]
            document.complain(inner, f"it stands here twice, first in line {first}", line=line)
            continue
        document.lines[inner] = line
        found[name] = _value(document, inner, value_node)
    return found


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
