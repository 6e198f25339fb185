"""yamllint over our driver: odd files, configurations and severities."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import yamllint
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = """{"file": "./a:1:2: [error] x.yml", "line": 1, "column": 5, "level": "warning", \
"rule": "new-lines", "message": "wrong new line character: expected \\\\n"}
{"file": "./a:1:2: [error] x.yml", "line": 2, "column": 1, "level": "error", \
"rule": "key-duplicates", "message": "duplication of key \\"a\\" in mapping"}
"""


def test_every_line_becomes_a_finding(make_job: Callable[..., Job]) -> None:
    job = make_job("a:1:2: [error] x.yml")
    lines, key = yamllint.parse(job, Completed(0, PRINTED, ""))
    assert (lines.path, lines.line, lines.column) == (job.files[0], 1, 5)
    assert (lines.rule, lines.severity) == ("new-lines", Severity.WARNING)
    assert (key.rule, key.severity) == ("key-duplicates", Severity.ERROR)
    assert key.message == 'duplication of key "a" in mapping'


@pytest.mark.parametrize(
    "completed",
    [
        Completed(1, PRINTED, "Traceback (most recent call last):"),
        Completed(2, "", "wrong configuration: invalid config: no such rule"),
        Completed(0, "./a.yml:1:1: [error] syntax error", ""),
        Completed(0, PRINTED.replace("x.yml", "other.yml"), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(yamllint.parse(make_job("a:1:2: [error] x.yml"), completed))


def test_a_file_that_cannot_be_read_stops_no_other(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        "a.yml": b"x: '\xff'\n",
        "b.yml": b"a: \0\n",
        "c.yml": "[" * 5000,
        "d\ne.yml": "a: 1\na: 2\n",
        "empty.yml": "",
        "é -x.yaml": "é: [1\n",
    }
    found = run_adapter(yamllint.TOOL, files)
    assert {(item.path, item.rule, item.severity) for item in found} >= {
        ("a.yml", "syntax", Severity.ERROR),
        ("b.yml", "syntax", Severity.ERROR),
        ("c.yml", "syntax", Severity.ERROR),
        ("d\ne.yml", "key-duplicates", Severity.ERROR),
        ("é -x.yaml", "syntax", Severity.ERROR),
    }
    assert "empty.yml" not in {item.path for item in found}


def test_without_a_configuration_taste_is_no_error(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    long = "name: " + "word " * 40
    found = run_adapter(yamllint.TOOL, {"a.yml": f"{long}\r\nyes: on"})
    assert {item.rule for item in found} == {
        "new-lines",
        "new-line-at-end-of-file",
        "trailing-spaces",
    }
    assert {item.severity for item in found} == {Severity.WARNING}


@pytest.mark.parametrize("name", [".yamllint", ".yamllint.yaml", ".yamllint.yml"])
def test_the_configuration_of_the_repository_counts(
    run_adapter: Callable[..., list[Finding]], name: str
) -> None:
    configuration = (
        "rules: {line-length: {max: 10}, key-duplicates: disable}\nignore: [vendored/]\n"
    )
    files = {"a.yml": "a: 1\na: 2\n# a long line\n", "vendored/b.yml": "# a long line\n"}
    found = run_adapter(yamllint.TOOL, {**files, name: configuration})
    assert ("a.yml", "line-length") in {(item.path, item.rule) for item in found}
    assert "key-duplicates" not in {item.rule for item in found}
    assert "vendored/b.yml" not in {item.path for item in found}


def test_a_broken_configuration_is_a_tool_error(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    with pytest.raises(ToolOutputError, match="wrong configuration"):
        run_adapter(yamllint.TOOL, {"a.yml": "a: 1\n", ".yamllint.yml": "rules: {foo: bar}\n"})


def test_the_operator_may_choose_another_configuration(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    arguments = ("--config-data={rules: {}}",)
    assert run_adapter(yamllint.TOOL, {"a.yml": "a: 1\na: 2\n"}, arguments=arguments) == []
