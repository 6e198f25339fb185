"""Where settings come from: layers of raw values, each of which knows the origin of every value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline_mcp.config.document import Document, Key, key_name, read_document
from pipeline_mcp.errors import Problem

Kind = Literal["default", "environment", "secret", "workspace", "operator"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Who said a value: an environment variable, a secrets file, or a line of a file.

    `key` is the rest of the way to the value inside `source`.
    """

    kind: Kind
    source: str = ""
    line: int = 0
    key: str = ""

    def __str__(self) -> str:
        if not self.source:
            return self.kind
        return f"{self.source}:{self.line}" if self.line else self.source


DEFAULT = Origin("default")


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one source, by the names of the settings."""

    kind: Kind
    data: Mapping[str, Any]
    locate: Callable[[Key], Origin]

    def has(self, key: Key) -> bool:
        """True if this layer says something at `key` itself."""
        value: Any = self.data
        for part in key:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return False
        return True


def file_layer(kind: Kind, document: Document) -> Layer:
    """The values of a configuration file."""

    def locate(key: Key) -> Origin:
        return Origin(kind, document.source, document.line(key), key_name(key))

    return Layer(kind, document.data, locate)


def operator_layer(path: Path, *, is_required: bool) -> tuple[Layer | None, list[Problem]]:
    """The operator's file; a missing one is a problem only if somebody asked for it by name."""
    document = read_document(path)
    if document is not None:
        return file_layer("operator", document), document.problems
    if is_required:
        return None, [Problem("PIPELINE_CONFIG_FILE", 0, "", f"{path} does not exist")]
    return None, []


def merged(layers: Iterable[Layer]) -> dict[str, Any]:
    """One mapping from layers in order of precedence: mappings are merged, lists replaced."""
    result: dict[str, Any] = {}
    for layer in layers:
        result = _beneath(result, layer.data)
    return result


def _beneath(upper: Mapping[str, Any], lower: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        name: _beneath(upper[name], lower[name])
        for name in upper.keys() & lower.keys()
        # A definition is one thing: half of one and half of another would be nobody's tool.
        if isinstance(upper[name], Mapping)
        and isinstance(lower[name], Mapping)
        and "command" not in upper[name]
    }
    return {**lower, **upper, **both}


def origin_of(layers: Iterable[Layer], key: Key) -> Origin:
    """The first layer's word for `key`, or the default."""
    return next((layer.locate(key) for layer in layers if layer.has(key)), DEFAULT)
