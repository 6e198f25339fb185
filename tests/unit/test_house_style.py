"""The house style, as far as a program can see it; there is no list of exceptions."""

from __future__ import annotations

import ast
import configparser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("pipeline_mcp", "tasks", "ml_models")
EVERYTHING = (*PRODUCT, "alembic", "tests", "benchmarks", "examples", ".ci")

MOST_LINES_OF_A_FILE = 300
MOST_LINES_OF_A_FUNCTION = 40
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "manager", "managers", "misc", "common"}


def python_files(*directories: str) -> Iterator[Path]:
    for directory in directories:
        yield from sorted((ROOT / directory).rglob("*.py"))
    yield ROOT / "celeryconfig.py"


def nodes(file: Path) -> Iterator[ast.AST]:
    yield from ast.walk(ast.parse(file.read_bytes()))


def place(file: Path, node: ast.AST) -> str:
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_files_are_short() -> None:
    lengths = {file: len(file.read_text().splitlines()) for file in python_files(*EVERYTHING)}
    too_long = {str(file): lines for file, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE}
    assert too_long == {}


def test_functions_are_short() -> None:
    too_long = [
        f"{place(file, node)} {node.name}"
        for file in python_files(*EVERYTHING)
        for node in nodes(file)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]
    assert too_long == []


def test_modules_are_named_after_what_they_hold() -> None:
    empty = [str(file) for file in python_files(*EVERYTHING) if file.stem in EMPTY_NAMES]
    assert empty == []


def test_only_the_configuration_reads_the_environment() -> None:
    readers = [
        place(file, node)
        for file in python_files(*PRODUCT)
        if (ROOT / "pipeline_mcp" / "config") not in file.parents
        for node in nodes(file)
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv", "environb")
    ]
    assert readers == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(file)
        for file in python_files(*PRODUCT, "alembic", "benchmarks", ".ci")
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_no_error_is_swallowed() -> None:
    swallowed = [
        place(file, node)
        for file in python_files(*EVERYTHING)
        for node in nodes(file)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(x, ast.Pass) for x in node.body)
    ]
    assert swallowed == []


def test_tests_wait_for_conditions_and_never_just_for_time_to_pass() -> None:
    sleeps = [
        place(file, node)
        for file in python_files("tests")
        if file != ROOT / "tests" / "fixtures" / "waiting.py"
        for node in nodes(file)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "sleep"
    ]
    assert sleeps == []


def test_test_files_have_names_of_their_own() -> None:
    """They are plain modules, so two of one name would shadow each other."""
    counts = Counter(file.name for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in counts.items() if count > 1] == []


def test_setup_cfg_lists_every_package() -> None:
    declared = configparser.ConfigParser()
    declared.read(ROOT / "setup.cfg")
    listed = set(declared["options"]["packages"].split())
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in python_files(*PRODUCT)
        if file.name == "__init__.py"
    }
    assert listed == found | {"pipeline_mcp.migrations", "pipeline_mcp.migrations.versions"}
