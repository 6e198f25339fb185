"""mypy over our driver: every file is checked or named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import mypy
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = r"""{"file": "n/notes.py", "line": 21, "column": 4, "end_line": 21, "end_column": 7, "message": "Argument 1 to \"use\" has incompatible type \"I\"; expected \"P\"", "hint": "\"I\" is missing following \"P\" protocol member:\n    r\nExpected:\n    def q(self) -> int", "code": "arg-type", "severity": "error"}
{"file": "n/notes.py", "line": 11, "column": 12, "end_line": 11, "end_column": 13, "message": "Revealed type is \"list[int]\"", "hint": null, "code": "misc", "severity": "note"}
{"file": "st.py", "line": 2, "column": -1, "end_line": 2, "end_column": -1, "message": "Unused \"type: ignore\" comment", "hint": null, "code": "unused-ignore", "severity": "error"}
{"file": "new\nline.py", "line": -1, "column": -1, "end_line": -1, "end_column": 0, "message": "Duplicate module named \"main\"", "hint": null, "code": "not-checked", "severity": "error"}
{"warning": "mypy.ini: [mypy]: Unrecognized option: foo = bar\n"}
"""  # noqa: E501
FILES = ("n/notes.py", "new\nline.py", "st.py")
WRONG = "number: int = 'one'\n"


def places(found: list[Finding]) -> list[tuple[str, str, int]]:
    return [(item.path, item.rule, item.line) for item in found]


def test_every_line_becomes_a_finding(make_job: Callable[..., Job]) -> None:
    argument, note, unused, duplicate, warning = mypy.parse(
        make_job(*FILES), Completed(0, PRINTED, "")
    )
    assert (argument.line, argument.column) == (21, 5)
    assert (argument.end_line, argument.end_column) == (21, 8)
    assert argument.severity is Severity.ERROR
    assert argument.message == (
        'Argument 1 to "use" has incompatible type "I"; expected "P" '
        '("I" is missing following "P" protocol member:; r; Expected:; def q(self) -> int)'
    )
    assert (note.rule, note.severity) == ("misc", Severity.INFO)
    assert (unused.line, unused.column, unused.end_column) == (2, 0, 0)
    assert (duplicate.path, duplicate.line, duplicate.column) == ("new\nline.py", 0, 0)
    assert (duplicate.rule, duplicate.severity) == ("not-checked", Severity.INFO)
    assert (warning.rule, warning.path, warning.severity) == (
        "configuration",
        "",
        Severity.WARNING,
    )


@pytest.mark.parametrize(
    "completed",
    [
        Completed(2, "", "mypy.ini:2: Error importing plugin"),
        Completed(1, PRINTED, "Traceback (most recent call last):"),
        Completed(0, "n/notes.py:1: error: Invalid syntax  [syntax]", ""),
        Completed(0, PRINTED.replace("st.py", "other.py"), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(mypy.parse(make_job(*FILES), completed))


def test_files_that_do_not_parse_are_findings_and_stop_no_other(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "a.py": f"from broken import f\n{WRONG}",
        "broken.py": "import a b\n",
        "bytes.py": b"x = '\xff'\n",
        "coding.py": b"# -*- coding: nonsense -*-\nx = '\xe9'\n",
        "worse.py": "def f():\nreturn 1\n",
    }
    found = run_adapter(mypy.TOOL, files)
    assert {(item.path, item.rule, item.severity) for item in found} == {
        ("a.py", "assignment", Severity.ERROR),
        ("broken.py", "syntax", Severity.ERROR),
        ("bytes.py", "syntax", Severity.ERROR),
        ("coding.py", "syntax", Severity.ERROR),
        ("worse.py", "syntax", Severity.ERROR),
    }
    assert ("a.py", "assignment", 2) in places(found)


def test_files_with_one_module_name_are_all_checked(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = dict.fromkeys(
        [
            "conftest.py",
            "tests/conftest.py",
            "tests/unit/conftest.py",
            "examples/01-a/main.py",
            "examples/02-b/main.py",
            "my-script.py",
            "with space/né.py",
            "-x.py",
            "new\nline.py",
            "pair.py",
            "pair.pyi",
            "svc-a/app/models.py",
            "svc-b/app/models.py",
        ],
        WRONG,
    )
    packages = {"svc-a/app/__init__.py": "", "svc-b/app/__init__.py": ""}
    found = run_adapter(mypy.TOOL, files | packages)
    assert places(found) == [(path, "assignment", 1) for path in sorted(files)]


def test_the_same_package_in_two_services_is_not_mixed_up(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "svc-a/app/__init__.py": "",
        "svc-a/app/models.py": "def size() -> int:\n    return 1\n",
        "svc-a/app/views.py": "from app.models import size\n\nx: str = size()\n",
        "svc-b/app/__init__.py": "",
        "svc-b/app/models.py": "def name() -> str:\n    return ''\n",
        "svc-b/app/views.py": "from app.models import name\n\nx: str = name()\n",
    }
    assert places(run_adapter(mypy.TOOL, files)) == [("svc-a/app/views.py", "assignment", 3)]


def test_a_package_below_src_is_found_and_met_under_one_name_only(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/mod.py": "def size() -> int:\n    return 1\n",
        "tests/test_mod.py": "import src.pkg.mod\nfrom pkg.mod import size\n\nx: str = size()\n",
    }
    assert places(run_adapter(mypy.TOOL, files)) == [("tests/test_mod.py", "assignment", 4)]


def test_a_directory_that_cannot_be_a_package_is_said(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "my-plugin/__init__.py": "from . import mod\n",
        "my-plugin/mod.py": "from . import other\n",
        "my-plugin/other.py": WRONG,
    }
    found = run_adapter(mypy.TOOL, files)
    assert [(item.path, item.rule, item.severity) for item in found] == [
        ("my-plugin/__init__.py", "not-checked", Severity.INFO),
        ("my-plugin/mod.py", "not-checked", Severity.INFO),
        ("my-plugin/other.py", "assignment", Severity.ERROR),
    ]


def test_missing_dependencies_make_no_noise_even_in_strict_mode(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    source = (
        "import celery\nimport numpy as np\nimport yaml  # type: ignore[import-untyped]\n"
        "from pydantic import BaseModel\nfrom typing import NoReturn\n\n\n"
        "class A(BaseModel):\n    x: int = 1\n\n\n"
        "@celery.task\ndef load(text: str) -> int:\n    return yaml.safe_load(text)\n\n\n"
        "def use(array: np.ndarray) -> None:\n    print(array)\n\n\n"
        "Either = BaseModel | str\n\n\n"
        "def give_up(value: Either) -> NoReturn:\n    celery.fail(value)\n\n\n"
        "def wait() -> int:\n    with celery.limit(1):\n        while True:\n            pass\n"
        "    return 1\n"
    )
    files = {
        "a.py": source,
        "pyproject.toml": "[tool.mypy]\nstrict = true\nwarn_unreachable = true\n",
    }
    assert run_adapter(mypy.TOOL, files) == []
    files["b.py"] = "def f(x):\n    return x\n"
    assert [item.rule for item in run_adapter(mypy.TOOL, files)] == ["no-untyped-def"]


def test_what_the_configuration_excludes_is_left_out(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "a.py": WRONG,
        "build/deep/b.py": WRONG,
        "c_pb2.py": WRONG,
        "mypy.ini": "[mypy]\nexclude = (^build/|_pb2\\.py$)\nnum_workers = 4\n",
    }
    assert places(run_adapter(mypy.TOOL, files)) == [("a.py", "assignment", 1)]


@pytest.mark.parametrize(
    "said", ["files = lib, tests/test_a.py", "packages = lib\nmodules = tests.test_a"]
)
def test_only_what_the_configuration_names_counts_but_all_of_it_is_known(
    run_adapter: Callable[..., list[Finding]], said: str
) -> None:
    files = {
        "lib/__init__.py": "from sizes import size\n\nx: str = size()\n",
        "sizes.py": f"{WRONG}def size() -> int:\n    return 1\n",
        "tests/test_a.py": WRONG,
        "tests/test_b.py": WRONG,
        "mypy.ini": f"[mypy]\n{said}\n",
    }
    assert places(run_adapter(mypy.TOOL, files)) == [
        ("lib/__init__.py", "assignment", 3),
        ("tests/test_a.py", "assignment", 1),
    ]


def test_an_option_that_mypy_does_not_know_is_said(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    (found,) = run_adapter(mypy.TOOL, {"a.py": "", "mypy.ini": "[mypy]\nnonsense = 1\n"})
    assert (found.rule, found.path) == ("configuration", "")
    assert "nonsense" in found.message


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"mypy.ini": "[mypy]\nplugins = nowhere\n"}, "Error importing plugin"),
        ({"types.py": ""}, "shadows library module"),
    ],
)
def test_what_stops_mypy_altogether_is_a_tool_error(
    run_adapter: Callable[..., list[Finding]], files: dict[str, str], said: str
) -> None:
    with pytest.raises(ToolOutputError, match=said):
        run_adapter(mypy.TOOL, {"a.py": WRONG, **files})


def test_windows_lines_and_a_byte_order_mark(run_adapter: Callable[..., list[Finding]]) -> None:
    (found,) = run_adapter(mypy.TOOL, {"a.py": b"\xef\xbb\xbfx: int = 1\r\ny: int = ''\r\n"})
    assert (found.line, found.column, found.end_column) == (2, 10, 12)


def test_that_functions_are_passed_over_is_said(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    """mypy drops the errors in functions of a module with an @ in its name."""
    function = "def f() -> int:\n    return ''\n"
    found = run_adapter(mypy.TOOL, {"a@b.py": WRONG + function, "c.py": function})
    assert places(found) == [
        ("a@b.py", "not-checked", 0),
        ("a@b.py", "assignment", 1),
        ("c.py", "return-value", 2),
    ]
    assert found[0].severity is Severity.INFO


def test_nothing_is_written_into_the_tree(tmp_path: Path) -> None:
    job = Job(tmp_path, ("a.py",), tmp_path / "scratch")
    job.scratch.mkdir()
    (argument,) = mypy.command(job)
    assert Path(argument).is_relative_to(job.scratch)
    options = json.loads(Path(argument).read_text())["options"]
    assert {"--no-incremental", "--cache-dir=/dev/null", "--no-site-packages"} <= set(options)


def test_with_another_interpreter_its_packages_count(tmp_path: Path) -> None:
    job = Job(tmp_path, (), tmp_path, arguments=("--python-executable=/venv/bin/python",))
    options = json.loads(Path(mypy.command(job)[0]).read_text())["options"]
    assert "--no-site-packages" not in options
