"""Node and the packages of package.json, at the versions of the lock file."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

from fixtures.requirements import missing, require

HERE = Path(__file__).parent
_PACKAGES = HERE / "node_modules"
_OLDEST = 22  # the suite calls fs.globSync


@cache
def node() -> str:
    """The path of a Node that is new enough for the suite."""
    program = require("node")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"v(\d+)", said)
    if found is None or int(found[1]) < _OLDEST:
        missing(f"Node {_OLDEST} (`make conformance` brings one)")
    return program


def script(package: str, path: str) -> list[str]:
    """The words that run a script of an installed package."""
    file = _PACKAGES / package / path
    if not file.is_file():
        missing(f"the npm package {package} (`make conformance` brings it)")
    return [node(), str(file)]
