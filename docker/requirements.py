"""Print what setup.cfg requires, so that an image's layer of libraries outlives changes of code.

Usage: requirements.py SETUP_CFG [--without FILE], where FILE names distributions, one a line.
"""

from __future__ import annotations

import configparser
import re
import sys
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9._-]+")


def requirements(setup_cfg: Path, without: frozenset[str] = frozenset()) -> list[str]:
    """The lines of `install_requires` but for those of the distributions in `without`."""
    parser = configparser.ConfigParser()
    parser.read_string(setup_cfg.read_text(encoding="utf-8"))
    return [
        line for line in _lines(parser["options"]["install_requires"]) if _name(line) not in without
    ]


def distributions(names: Path) -> frozenset[str]:
    """The distributions that a file names."""
    return frozenset(_name(line) for line in _lines(names.read_text(encoding="utf-8")))


def _lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    if found is None:
        raise SystemExit(f"requirements.py: {requirement!r} is no requirement")
    return found.group().lower()


if __name__ == "__main__":
    setup_cfg, *rest = sys.argv[1:]
    left_out = distributions(Path(rest[1])) if rest[:1] == ["--without"] else frozenset()
    sys.stdout.write("".join(f"{line}\n" for line in requirements(Path(setup_cfg), left_out)))
