"""The adapter of the check for broken imports and calls."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.tools.imports import TOOL

PACKAGE = {"pkg/__init__.py": "", "pkg/mod.py": "def make(): ...\n"}


def test_a_broken_import_becomes_an_error_with_its_place(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    found = run_adapter(TOOL, {**PACKAGE, "pkg/app.py": "'é'; from .mod import made, make\n"})
    assert found == [
        Finding(
            tool="imports",
            rule="broken-import-name",
            severity=Severity.ERROR,
            message="There is no `made` in pkg/mod.py.",
            path="pkg/app.py",
            line=1,
            column=23,
            end_line=1,
            end_column=27,
        )
    ]


def test_the_files_of_the_build_are_read(run_adapter: Callable[..., list[Finding]]) -> None:
    app = {"pkg/app.py": "from pkg import fast\n"}
    assert len(run_adapter(TOOL, {**PACKAGE, **app})) == 1
    assert run_adapter(TOOL, {**PACKAGE, **app, ".gitignore": "/pkg/fast.py\n"}) == []
    assert run_adapter(TOOL, {**PACKAGE, **app, "pkg/fast.pyx": ""}) == []


def test_the_operator_may_name_more_roots(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {"code/pkg/__init__.py": "", "app.py": "import pkg.missing\n"}
    assert run_adapter(TOOL, files) == []
    (found,) = run_adapter(TOOL, files, arguments=("--root", "code"))
    assert (found.rule, found.path, found.line) == ("broken-import", "app.py", 1)


def test_compiled_modules_are_part_of_the_program() -> None:
    names = ["a.py", "a.pyi", "a.pyx", "a.pxd", "a.cpython-311-x86_64-linux-gnu.so", "a.pyd"]
    assert all(map(TOOL.files.matches, names))
    assert {"pyproject.toml", ".gitignore", "requirements.txt"} <= set(TOOL.config_files)


def test_what_the_workspace_has_and_the_tree_has_not_is_not_missing(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    app = {"pkg/app.py": "import pkg.made\nfrom pkg import sub\nfrom pkg.lib.deep import x\n"}
    assert len(run_adapter(TOOL, {**PACKAGE, **app})) == 3
    for globs in (["pkg/made.py", "pkg/sub", "pkg/lib"], ["made.py", "sub", "lib"], ["pkg/*"]):
        assert run_adapter(TOOL, {**PACKAGE, **app}, options={"left_out": globs}) == []
