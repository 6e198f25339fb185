"""`python -P -m pipeline_mcp.versioning.api_program OLD NEW NAME…`: compare packages, as JSON.

Static alone: the packages are parsed and never imported. Each NAME is a package or module that lies
in both directories, OLD and NEW.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from typing import Any

import griffe

from pipeline_mcp.versioning.api_difference import differences

# Deeply nested source is refused by the parser itself; walking what it took needs some depth.
_DEPTH = 10_000


def main() -> None:
    """Print one object: `changes`, and `failures` by package."""
    parser = argparse.ArgumentParser(prog="api_program", description="Compare interfaces.")
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(_DEPTH)
    changes: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    for name in arguments.names:
        try:
            changes += differences(_load(name, arguments.old), _load(name, arguments.new))
        except (griffe.GriffeError, ImportError, SyntaxError, ValueError, RecursionError) as error:
            failures[name] = f"{type(error).__name__}: {error}"[:300]
    json.dump({"changes": changes, "failures": failures}, sys.stdout)


def _load(name: str, directory: str) -> griffe.Object | griffe.Alias:
    loader = griffe.GriffeLoader(
        search_paths=[directory], allow_inspection=False, force_inspection=False
    )
    loaded = loader.load(name, try_relative_path=False)
    # Nothing outside of the directory is looked for.
    loader.resolve_aliases(implicit=True, external=False)
    return loaded


if __name__ == "__main__":
    main()
