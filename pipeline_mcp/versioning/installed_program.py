"""Run by the interpreter of a clean environment: import modules, load entry points, and say so.

It knows nothing but the standard library, and is never imported by anything.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any


def main(answer: str, distribution: str, modules: list[str]) -> None:
    """Write one JSON object a line into the file `answer`.

    Each has `what`: before it is tried, and then once more with `error`, null for none.
    """
    with open(answer, "w", encoding="utf-8") as file:  # noqa: PTH123 - as little as possible
        for what, load in _loads(distribution, modules):
            # What ends the interpreter leaves the first of the two lines behind.
            print(json.dumps({"what": what}), file=file, flush=True)
            print(json.dumps({"what": what, "error": _tried(load)}), file=file, flush=True)
    # Whatever the modules have started or registered is none of the answer.
    os._exit(0)


def _loads(distribution: str, modules: list[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    for module in modules:
        yield f"import {module}", partial(importlib.import_module, module)
    for point in importlib.metadata.distribution(distribution).entry_points:
        # One that needs an extra cannot be loaded without it.
        if not point.extras:
            yield f"{point.group} {point.name} = {point.value}", point.load


def _tried(load: Callable[[], Any]) -> str | None:
    try:
        load()
    except BaseException as error:  # noqa: BLE001 - SystemExit at an import is a failure too
        return f"{type(error).__name__}: {error}"
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
