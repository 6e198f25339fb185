"""Reading what a newer version may have written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any


def known_fields(kind: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """What `data` says of the fields of the dataclass `kind`; what else it says is left out."""
    return {field.name: data[field.name] for field in fields(kind) if field.name in data}
