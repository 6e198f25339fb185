"""YAML text to nodes: one document of plain mappings, lists and scalars, and nothing cleverer."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import Node, ScalarNode

# Configuration is three or four levels deep; a deeper file is a mistake or an attack.
_MAX_DEPTH = 12

_SCALARS = {
    "tag:yaml.org,2002:null": SafeConstructor.construct_yaml_null,
    "tag:yaml.org,2002:bool": SafeConstructor.construct_yaml_bool,
    "tag:yaml.org,2002:int": SafeConstructor.construct_yaml_int,
    "tag:yaml.org,2002:float": SafeConstructor.construct_yaml_float,
}


class YamlSyntaxError(Exception):
    """The text cannot be read; `line` counts from 1, 0 where it is not known."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line = line


class _PlainLoader(yaml.SafeLoader):
    """Refuses aliases (a few lines of them grow without end), tags and deep nesting."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlSyntaxError("aliases (`*name`) are not supported; write the value out", line)
        if getattr(event, "tag", None):
            raise YamlSyntaxError(f"tags (`{event.tag}`) are not supported", line)
        if self.depth >= _MAX_DEPTH:
            raise YamlSyntaxError(f"it is nested deeper than {_MAX_DEPTH} levels", line)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def compose(text: str) -> Node | None:
    """The root node, or None of an empty text.

    Raises:
        YamlSyntaxError: the text is not YAML, has several documents, or uses what is refused.
    """
    try:
        loader = _PlainLoader(text)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(filter(None, (error.context, error.problem)))
        raise YamlSyntaxError(said, mark.line + 1 if mark else 0) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlSyntaxError("it has a character that YAML does not allow", line) from error


def scalar(node: ScalarNode) -> Any:
    """The value of a scalar: null, true, a number, or else its text; a date or 1:30 stays text.

    Raises:
        ValueError, OverflowError: a number is too large to be read.
    """
    construct = _SCALARS.get(node.tag)
    if construct is None or ":" in node.value:
        return str(node.value)
    return construct(SafeConstructor(), node)
