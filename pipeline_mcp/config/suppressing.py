"""A new suppression in the text of a `pipeline.yaml`, with every other line as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

_KEY = "suppressions"


def item_lines(values: Mapping[str, str], indent: str) -> list[str]:
    """The item of a list in YAML; texts are quoted, so that none is taken for something else."""
    rows = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return [f"{indent}- {rows[0]}\n", *(f"{indent}  {row}\n" for row in rows[1:])]


def block(values: Mapping[str, str]) -> str:
    """What may be pasted into a file that has no suppressions."""
    return "".join([f"{_KEY}:\n", *item_lines(values, "  ")])


def with_suppression(text: str, values: Mapping[str, str]) -> str | None:
    """The text with one more suppression at the end of its list, or None if it has to be pasted.

    The text must be YAML.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return _ended(text) + block(values)
    if not isinstance(root, MappingNode) or root.flow_style:
        return None
    found = [value for key, value in root.value if key.value == _KEY]
    if not found:
        return _ended(text) + block(values)
    listed = found[0]
    if not isinstance(listed, SequenceNode) or listed.flow_style or not listed.value:
        return None
    lines = _ended(text).splitlines(keepends=True)
    after = _last_line(listed) + 1
    indent = " " * listed.start_mark.column
    return "".join([*lines[:after], *item_lines(values, indent), *lines[after:]])


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"


def _last_line(node: Node) -> int:
    """The last line that belongs to the node, from 0; a block's own mark is behind comments."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return _last_line(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style:
        return _last_line(node.value[-1])
    mark = node.end_mark
    return int(mark.line - 1 if mark.column == 0 else mark.line)
