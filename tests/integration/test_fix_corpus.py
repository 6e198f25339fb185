"""Files that fixers have been known to damage survive untouched or correctly fixed."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest
from fixtures import fixing

from pipeline_mcp.db import migrate
from pipeline_mcp.domain.report import Report

TOOLS = ("ruff", "ruff-format", "flake8", "codespell", "yamllint")
MARK = b"\xef\xbb\xbf"
LONG = b"".join(b"def f%d():\n    return %d  \n\n\n" % (n, n) for n in range(1_250))

# Before and after; the misspelt words are made so that a spell checker passes over this file.
TEH = b"te" + b"h"
CORPUS: dict[str, tuple[bytes, bytes]] = {
    "crlf.py": (b"import os\r\nx = 1   \r\n", b"x = 1\r\n"),
    "mark.py": (MARK + b"import os\nx = 1 \n", MARK + b"x = 1\n"),
    "latin.py": (
        b"# coding: latin-1\n# " + TEH + b" caf\xe9\nx = '\xe9'\n",
        b"# coding: latin-1\n# the caf\xe9\nx = '\xe9'\n",
    ),
    "no_end.py": (b"import os\nx = 1", b"x = 1\n"),
    "form_feed.py": (b"import os\nx = 1\n\x0c\ny = 2 \n", b"x = 1\n\ny = 2\n"),
    "long.py": (b"import os\n" + LONG, LONG.replace(b"  \n", b"\n").rstrip(b"\n") + b"\n"),
    "newer.py": (b"import os\ntype = *lazy import x \n", b"import os\ntype = *lazy import x \n"),
    "older.py": (b"import os\nprint 'x' \n", b"import os\nprint 'x' \n"),
    "text.py": (b'x = """a  \nb"""\n', b'x = """a  \nb"""\n'),
    "word.py": (
        b"x = '%s'\n# %s\n" % (TEH, TEH),
        b'x = "%s"\n# the\n' % TEH,
    ),
    "mixed.py": (b"import os\nx = 1\r\n", b"import os\nx = 1\r\n"),
    "book.ipynb": (
        b'{"cells": [{"source": ["%s import"]}], "nbformat": 4}\n' % TEH,
        b'{"cells": [{"source": ["%s import"]}], "nbformat": 4}\n' % TEH,
    ),
    "a.yaml": (b"---\na: 1   \nb: |\n  x  \n", b"---\na: 1\nb: |\n  x  \n"),
    "b.yaml": (b"---\n# %s\na: 1" % TEH, b"---\n# the\na: 1\n"),
    "notes.md": (b"# %s end  \r\nnext" % TEH, b"# the end  \r\nnext"),
    "sub/spa ce.py": (b"import os\n", b""),
    "sub/\xc3\xbc.py".encode("latin-1").decode(): (b"import os\nx = 1\n", b"x = 1\n"),
    "tool": (b"#!/bin/sh\n# %s\n" % TEH, b"#!/bin/sh\n# %s\n" % TEH),
}


@pytest.fixture
def workspace(tmp_path: Path, state_dir: Path) -> Path:
    migrate.upgrade()
    root = tmp_path / "workspace"
    for name, (before, _after) in CORPUS.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(before)
    (root / "tool").chmod(0o755)
    (root / "link.py").symlink_to("crlf.py")
    (root / "ruff.toml").write_text('lint.select = ["F"]\n')
    return root


def apply(workspace: Path, found: Report) -> None:
    assert found.fixes is not None
    assert found.fixes.patch is not None
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=workspace,
        input=found.fixes.patch.encode(),
        check=True,
        capture_output=True,
    )


def test_each_file_is_fixed_as_it_should_be_or_left_alone(workspace: Path) -> None:
    found = fixing.run(fixing.begin(workspace, *TOOLS))
    apply(workspace, found)
    assert found.fixes is not None
    told = [(one.path, one.fixer, one.state, one.reason) for one in found.fixes.attempts]
    for name, (_before, after) in CORPUS.items():
        assert (name, (workspace / name).read_bytes()) == (name, after), told
    assert (workspace / "tool").stat().st_mode & 0o777 == 0o755
    assert (workspace / "link.py").is_symlink()
    for name in CORPUS.keys() - {"newer.py", "older.py"}:
        if name.endswith(".py"):
            ast.parse((workspace / name).read_bytes())
