"""Change one place of a JSON document that may hold comments, and leave every other byte alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_BLANK = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_WORD = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_INDENT = "  "


class JsonError(ValueError):
    """The text is not what JSON with comments allows; `str()` says where and why."""

    def __init__(self, text: str, at: int, problem: str) -> None:
        line = text.count("\n", 0, at) + 1
        super().__init__(f"line {line}, column {at - text.rfind(chr(10), 0, at)}: {problem}")


@dataclass(slots=True)
class Node:
    """A value: its place in the text, and for an object or an array what is in it.

    `members` has the members of an object by key (of an array by position), `keys` where these
    begin. `has_trailing_comma` is true if a comma follows the last one.
    """

    start: int
    end: int
    value: Any
    members: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    has_trailing_comma: bool = False


def parse(text: str) -> Node:
    """The document; comments and trailing commas are allowed.

    Raises:
        JsonError: the text is something else.
    """
    node = _value(text, _skip(text, 0))
    if (rest := _skip(text, node.end)) != len(text):
        raise JsonError(text, rest, "something follows the end of the document")
    return node


def with_value(text: str, path: Sequence[str], value: Any) -> str:
    """The document with `value` at `path`, inside objects that are made where they are missing.

    Raises:
        JsonError: the text is no JSON object, or the way to `path` leads through another type.
    """
    node = parse(text)
    for depth, key in enumerate(path):
        if not isinstance(node.value, Mapping):
            raise JsonError(text, node.start, "an object is expected here")
        if key not in node.members:
            for missing in reversed(path[depth + 1 :]):
                value = {missing: value}
            return _appended(text, node, f"{json.dumps(key)}: ", value)
        node = node.members[key]
    return text[: node.start] + _dumped(text, node.start, value) + text[node.end :]


def with_item(text: str, path: Sequence[str], item: Any) -> str:
    """The document with one more item at the end of the array at `path`.

    Raises:
        JsonError: as `with_value`; or there is something else than an array.
    """
    node: Node | None = parse(text)
    for key in path:
        node = node.members.get(key) if node else None
    if node is None:
        return with_value(text, path, [item])
    if not isinstance(node.value, list):
        raise JsonError(text, node.start, "an array is expected here")
    return _appended(text, node, "", item)


def without(text: str, path: Sequence[str]) -> str:
    """The document without the member at `path`, which must be there."""
    container = parse(text)
    for key in path[:-1]:
        container = container.members[key]
    member, start = container.members[path[-1]], container.keys[path[-1]]
    comma = _skip(text, member.end)
    if text[comma] == ",":
        return text[:start] + text[comma + 1 :].lstrip()
    after = text[member.end :]
    ends = [other.end for other in container.members.values() if other.end < start]
    if not ends:
        return text[:start].rstrip(" \t") + after
    # The member before it is the last one now, and needs no comma.
    comma = _skip(text, max(ends))
    between = text[comma + 1 : start]
    # A comment that ends with its line must not swallow what follows on the same one.
    return text[:comma] + (between.rstrip() if after[0] in "\r\n" else between) + after


def _appended(text: str, container: Node, label: str, value: Any) -> str:
    """A new member at the end of an object or an array, on a line of its own."""
    newline = "\r\n" if "\r\n" in text else "\n"
    outer = _indentation(text, container.start)
    inner = outer + _INDENT
    if container.keys:
        first = min(container.keys.values())
        inner = _indentation(text, first) if _begins_its_line(text, first) else inner
    body = text[: container.end - 1]
    content = body.rstrip()
    if container.members and not container.has_trailing_comma:
        last = max(member.end for member in container.members.values())
        content = f"{content[:last]},{content[last:]}"
    lines = json.dumps(value, indent=_INDENT, ensure_ascii=False).split("\n")
    added = f"{newline}{inner}{label}{f'{newline}{inner}'.join(lines)}{newline}{outer}"
    return content + added + text[container.end - 1 :]


def _dumped(text: str, at: int, value: Any) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = json.dumps(value, indent=_INDENT, ensure_ascii=False).split("\n")
    return f"{newline}{_indentation(text, at)}".join(lines)


def _indentation(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _begins_its_line(text: str, at: int) -> bool:
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int) -> Node:
    match text[at : at + 1]:
        case "{" | "[" as opening:
            return _container(text, at, opening)
        case _:
            found = _STRING.match(text, at) or _WORD.match(text, at)
            if found is None:
                raise JsonError(text, at, "a value is expected here")
            try:
                return Node(at, found.end(), json.loads(found[0]))
            except ValueError:
                raise JsonError(text, at, "this is no value of JSON") from None


def _container(text: str, start: int, opening: str) -> Node:
    closing = "}" if opening == "{" else "]"
    node = Node(start, start, {} if opening == "{" else [])
    at = _skip(text, start + 1)
    while text[at : at + 1] != closing:
        if node.members and not node.has_trailing_comma:
            raise JsonError(text, at, f"a comma or a {closing} is expected here")
        at = _skip(text, _member(text, at, node))
        node.has_trailing_comma = text[at : at + 1] == ","
        if node.has_trailing_comma:
            at = _skip(text, at + 1)
    node.end = at + 1
    return node


def _member(text: str, at: int, container: Node) -> int:
    """Read one member, put it into its container, and say where it ends."""
    if isinstance(container.value, list):
        member = _value(text, at)
        key = str(len(container.value))
        container.value.append(member.value)
    else:
        name = _STRING.match(text, at)
        if name is None:
            raise JsonError(text, at, "a name in double quotes is expected here")
        colon = _skip(text, name.end())
        if text[colon : colon + 1] != ":":
            raise JsonError(text, colon, "a colon is expected here")
        member = _value(text, _skip(text, colon + 1))
        key = json.loads(name[0])
        container.value[key] = member.value
    container.members[key] = member
    container.keys[key] = at
    return member.end
