"""Every setting with its value and who said it, fit to be shown: secrets are blacked out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from pipeline_mcp.config.document import key_name
from pipeline_mcp.config.layers import Origin
from pipeline_mcp.config.settings import Settings

HIDDEN = "***"
_LIBRARY_HIDDEN = str(SecretStr("any"))
_URL_PASSWORD = re.compile(r"(://[^/?#@\s:]*):(\S*)@")
_NAMED_SECRET = re.compile(
    r"(?i)([\w-]*(?:password|passwd|secret|token|api[_-]?key)[\w-]*[=:]\s*)([^\s&]+)"
)
# Mappings whose keys the user chose; each entry is shown by itself.
_BY_NAME = ("custom_tools",)


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting; `name` as in `pipeline.yaml`, `value` JSON-ready and without secrets."""

    name: str
    value: Any
    origin: Origin


def show_settings(settings: Settings) -> list[Shown]:
    """All settings in the order of their definition; the URLs are those that are used."""
    values = settings.model_dump(mode="json", exclude_defaults=False)
    values |= {"database_url": settings.database, "broker_url": settings.broker}
    return [
        Shown(key_name(key), _visible(value, origin), origin)
        for key, value in _leaves(values)
        for origin in (settings.origin(*key),)
    ]


def redacted(value: Any) -> Any:
    """The same value with passwords in URLs and after names like `token=` blacked out."""
    if isinstance(value, str):
        return _NAMED_SECRET.sub(rf"\1{HIDDEN}", _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", value))
    if isinstance(value, list):
        return [redacted(item) for item in value]
    if isinstance(value, dict):
        return {name: redacted(item) for name, item in value.items()}
    return value


def _visible(value: Any, origin: Origin) -> Any:
    # Whoever put a value among the secrets has said what it is; the library hides some itself.
    return HIDDEN if origin.kind == "secret" or value == _LIBRARY_HIDDEN else redacted(value)


def _leaves(values: dict[str, Any], key: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    for name, value in values.items():
        inner = (*key, name)
        is_whole = bool(key) and key[0] in _BY_NAME
        if isinstance(value, dict) and value and not is_whole:
            yield from _leaves(value, inner)
        else:
            yield inner, value
