"""Files that are hard to read: both analysers go on, and say so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_mcp.analysers.finding import Finding, Span
from pipeline_mcp.analysers.source import read_list

Analyse = Callable[..., list[Finding]]

UNREADABLE = {
    "broken.py": "x = 1\ndef f(:\n",
    "bytes.py": b"x = '\xff\xfe'\n",
    "cookie.py": b"# -*- coding: no-such-encoding -*-\n",
    "rot.py": b"# -*- coding: rot13 -*-\nk = 1\n",
    "null.py": b"x = 1\0\n",
    "deep.py": "x = " + "(" * 5_000 + ")" * 5_000 + "\n",
}


@pytest.mark.parametrize("path", UNREADABLE)
@pytest.mark.parametrize("analyser", ["duplicates", "imports"])
def test_a_file_that_does_not_parse_is_said_to_be_left_out(
    request: pytest.FixtureRequest, analyser: str, path: str
) -> None:
    analyse: Analyse = request.getfixturevalue(analyser)
    (found,) = analyse({path: UNREADABLE[path], "fine.py": "x = 1\n"})
    assert (found.rule, found.severity, found.path) == ("not-analysed", "info", path)
    assert found.message.startswith("This file was not analysed: it ")
    assert found.span.line == (2 if path == "broken.py" else 1)


def test_a_file_that_is_gone_is_said_to_be_left_out(duplicates: Analyse) -> None:
    (found,) = duplicates({}, only=["gone.py"])
    assert (
        found.message
        == "This file was not analysed: it cannot be read (No such file or directory)."
    )


def test_a_long_sum_is_not_nested_too_deeply(duplicates: Analyse, imports: Analyse) -> None:
    files = {"sum.py": "x = " + " + ".join(["y"] * 900) + "\n"}
    assert duplicates(files) == imports(files) == []


def test_cookies_and_byte_order_marks_are_honoured(imports: Analyse) -> None:
    files = {
        "latin.py": "# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"),
        "mark.py": "\N{BYTE ORDER MARK}name = 'é'\n".encode(),
        "app.py": "from latin import name\nfrom mark import name as other\nfrom mark import none\n",
    }
    assert [(finding.path, finding.span.line) for finding in imports(files)] == [("app.py", 3)]


def test_columns_count_characters(imports: Analyse) -> None:
    (found,) = imports(
        {"pkg/__init__.py": "", "pkg/a.py": "'é€𝄞'; from pkg import none, path\n"},
        only=["pkg/a.py"],
    )[:1]
    assert found.span == Span(1, 24, 1, 28)


def test_lines_end_as_python_sees_it(imports: Analyse) -> None:
    (found,) = imports({"pkg/__init__.py": b"x = 1\r\n\x0c\r\ny = 2\rfrom pkg import none\r\n"})
    assert found.span == Span(4, 17, 4, 21)


@pytest.mark.parametrize("module", ["duplicates", "imports"])
def test_the_programs_read_any_file_name_and_print_json_alone(tmp_path: Path, module: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    names = ["-dash.py", "new\nline.py", "blank name.py", "ünï.py", os.fsdecode(b"bad\xff.py")]
    for name in names:
        (tree / name).write_text("def f(:\n")
    # A module of the tree must not stand in for one of the standard library.
    (tree / "argparse.py").write_text("raise SystemExit('the tree was imported')\n")
    files = tmp_path / "files"
    files.write_bytes(b"".join(os.fsencode(name) + b"\0" for name in names))
    answer = _run(module, str(files), tree)
    assert sorted(finding["path"] for finding in answer["findings"]) == sorted(names)


def _run(module: str, files: str, tree: Path) -> Any:
    command = [sys.executable, "-P", "-m", f"pipeline_mcp.analysers.{module}", files]
    process = subprocess.run(command, cwd=tree, capture_output=True, check=True, timeout=60)
    assert process.stderr == b""
    return json.loads(process.stdout)


def test_the_list_of_files_comes_sorted(tmp_path: Path) -> None:
    file = tmp_path / "files"
    file.write_bytes(b"b.py\0a.py\0")
    assert read_list(file) == ["a.py", "b.py"]


def test_the_analysers_import_nothing_but_the_standard_library() -> None:
    code = (
        "import sys; before = set(sys.modules);"
        "import pipeline_mcp.analysers.imports.__main__;"
        "import pipeline_mcp.analysers.duplicates.__main__;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}"
        " - sys.stdlib_module_names),"
        "*sorted(name for name in sys.modules if name.startswith('pipeline_mcp.')"
        " and not name.startswith('pipeline_mcp.analysers')))"
    )
    process = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=True)
    assert process.stdout.split() == [b"pipeline_mcp"]
