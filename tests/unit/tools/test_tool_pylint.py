"""What pylint says, read exactly."""

from __future__ import annotations

import json

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools.contract import Completed
from pipeline_mcp.tools.pylint import TOOL

OUTPUT = """\
{
    "messages": [
        {
            "type": "error",
            "symbol": "undefined-variable",
            "message": "Undefined variable 'x'",
            "messageId": "E0602",
            "confidence": "UNDEFINED",
            "module": "nest",
            "obj": "",
            "line": 2,
            "column": 3,
            "endLine": 2,
            "endColumn": 4,
            "path": "nest.py",
            "absolutePath": "/tree/nest.py"
        },
        {
            "type": "fatal",
            "symbol": "parse-error",
            "message": "error while code parsing: Wrong or no encoding specified for /tree/b.py.",
            "messageId": "F0010",
            "confidence": "UNDEFINED",
            "module": "b",
            "obj": "",
            "line": 1,
            "column": 0,
            "endLine": null,
            "endColumn": null,
            "path": "b.py",
            "absolutePath": "/tree/b.py"
        },
        {
            "type": "error",
            "symbol": "syntax-error",
            "message": "Parsing failed: 'invalid syntax (syn, line 1)'",
            "messageId": "E0001",
            "confidence": "HIGH",
            "module": "syn",
            "obj": "",
            "line": 1,
            "column": 7,
            "endLine": null,
            "endColumn": null,
            "path": "syn.py",
            "absolutePath": "/tree/syn.py"
        }
    ],
    "statistics": {"modulesLinted": 3, "score": 0}
}
"""


def test_messages_are_read(make_job) -> None:
    job = make_job("nest.py", "b.py", "syn.py")
    assert list(TOOL.parse(job, Completed(3, OUTPUT, ""))) == [
        Finding(
            tool="pylint",
            rule="undefined-variable",
            severity=Severity.ERROR,
            message="Undefined variable 'x'",
            path="nest.py",
            line=2,
            column=4,
            end_line=2,
            end_column=5,
        ),
        Finding(
            tool="pylint",
            rule="parse-error",
            severity=Severity.ERROR,
            message="error while code parsing: Wrong or no encoding specified for b.py.",
            path="b.py",
            line=1,
            column=1,
        ),
        Finding(
            tool="pylint",
            rule="syntax-error",
            severity=Severity.ERROR,
            message="Parsing failed: 'invalid syntax (syn, line 1)'",
            path="syn.py",
            line=1,
            column=7,
        ),
    ]


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("fatal", Severity.ERROR),
        ("error", Severity.ERROR),
        ("warning", Severity.WARNING),
        ("refactor", Severity.INFO),
        ("convention", Severity.INFO),
        ("info", Severity.INFO),
    ],
)
def test_the_type_of_a_message_is_its_severity(make_job, kind: str, severity: Severity) -> None:
    [message, *_] = json.loads(OUTPUT)["messages"]
    output = json.dumps({"messages": [message | {"type": kind}]})
    [found] = TOOL.parse(make_job("nest.py"), Completed(1, output, ""))
    assert found.severity is severity


@pytest.mark.parametrize(("code", "stdout"), [(32, OUTPUT), (-9, ""), (0, ""), (1, "{")])
def test_a_usage_error_or_a_crash_is_an_error(make_job, code: int, stdout: str) -> None:
    with pytest.raises(ToolOutputError):
        list(TOOL.parse(make_job("nest.py"), Completed(code, stdout, "")))


def test_an_argument_that_pylint_does_not_know_is_an_error(run_adapter) -> None:
    with pytest.raises(ToolOutputError, match="exit code 32"):
        run_adapter(TOOL, {"a.py": ""}, arguments=("--nonsense",))


def test_names_may_hold_anything(run_adapter) -> None:
    names = ["-dash.py", "a b.py", "a:1:2: b.py", "new\nline.py", "ünï😀.py", "x/a.py", "y/a.py"]
    found = run_adapter(TOOL, dict.fromkeys(names, "print(missing)\n"))
    undefined = [item for item in found if item.rule == "undefined-variable"]
    assert [item.path for item in undefined] == sorted(names)


def test_columns_count_characters(run_adapter) -> None:
    found = run_adapter(TOOL, {"a.py": 'x = "é😀"; print(missing)\r\ny = "é😀" \r\n'})
    places = {item.rule: (item.line, item.column, item.end_column) for item in found}
    assert places["undefined-variable"] == (1, 17, 24)
    assert places["trailing-whitespace"] == (2, 9, 0)


def test_files_that_do_not_parse_are_found(run_adapter) -> None:
    files = {
        "bytes.py": b'x = "\xff"\n',
        "later.py": b'x = 1\ny = 2\nz = "\xff"\n',
        "nul.py": b"x = 1\n\0\n",
        "syntax.py": "x = 1\r\nx = )\r\n",
        "empty.py": "",
    }
    found = run_adapter(TOOL, files)
    assert {item.path for item in found if item.severity is Severity.ERROR} == set(files) - {
        "empty.py"
    }


def test_imports_that_are_not_installed_are_nobodys_mistake(run_adapter) -> None:
    files = {"a.py": '"""A."""\n\nimport nosuchmodule\n\nnosuchmodule.f()\n'}
    assert run_adapter(TOOL, files) == []
    [found] = run_adapter(TOOL, files, arguments=("--enable=import-error",))
    assert found.rule == "import-error"


def test_the_repository_configuration_counts(run_adapter) -> None:
    files = {
        ".pylintrc": "[MAIN]\ndisable = missing-module-docstring\noutput-format = text\njobs = 4\n",
        "a.py": "print(missing)\n",
    }
    assert [item.rule for item in run_adapter(TOOL, files)] == ["undefined-variable"]
