"""hadolint's JSON, odd files and its configuration."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import hadolint
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = (
    '[{"code":"DL3006","column":1,"file":"./nl\\nx.Dockerfile","level":"warning","line":1,'
    '"message":"Always tag the version of an image explicitly"},'
    '{"code":"SC2006","column":1,"file":"./Dockerfile","level":"style","line":3,'
    '"message":"Use $(...) notation instead of legacy backticks `...`."},'
    '{"code":"DL1000","column":1,"file":"./Dockerfile","level":"error","line":2,'
    "\"message\":\"unexpected 'F'\\nexpecting '#', ADD, ARG\"}]"
)


def test_every_problem_becomes_a_finding(make_job: Callable[..., Job]) -> None:
    job = make_job("Dockerfile", "nl\nx.Dockerfile")
    found = list(hadolint.parse(job, Completed(1, PRINTED, "")))
    assert [(item.path, item.line, item.rule, item.severity) for item in found] == [
        ("nl\nx.Dockerfile", 1, "DL3006", Severity.WARNING),
        ("Dockerfile", 3, "SC2006", Severity.INFO),
        ("Dockerfile", 2, "DL1000", Severity.ERROR),
    ]
    assert found[2].message == "unexpected 'F' expecting '#', ADD, ARG"


@pytest.mark.parametrize(
    "completed",
    [
        Completed(1, "", "hadolint: nope: withBinaryFile: does not exist"),
        Completed(2, "[]", ""),
        Completed(1, PRINTED.replace("./Dockerfile", "./Other"), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(hadolint.parse(make_job("Dockerfile", "nl\nx.Dockerfile"), completed))


def test_which_files_it_looks_at() -> None:
    wanted = ("Dockerfile", "a/Dockerfile.dev", "x.Dockerfile", "Containerfile", "web.dockerfile")
    assert [path for path in wanted if not hadolint.TOOL.files.matches(path)] == []
    assert not hadolint.TOOL.files.matches("Dockerfiles/readme.md")


def test_odd_names_and_contents(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {
        "-x.Dockerfile": "FROM debian\r\n",
        "nl\nx.Dockerfile": "FROM debian\n",
        "é sp.Dockerfile": "FROM debian\n",
        "Dockerfile.bytes": b'FROM debian\nRUN echo "\xff"\n',
        "Dockerfile.empty": "",
        "Dockerfile.dockerignore": "*.pyc\n",
    }
    found = [(item.path, item.rule) for item in run_adapter(hadolint.TOOL, files)]
    assert found == [
        ("-x.Dockerfile", "DL3006"),
        ("Dockerfile.bytes", "DL3006"),
        ("nl\nx.Dockerfile", "DL3006"),
        ("é sp.Dockerfile", "DL3006"),
    ]


def test_the_configuration_counts_and_a_broken_one_is_a_tool_error(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {"Dockerfile": "FROM debian\n", ".hadolint.yaml": "ignored: [DL3006]\n"}
    assert run_adapter(hadolint.TOOL, files) == []
    with pytest.raises(ToolOutputError, match="configuration of hadolint is broken"):
        run_adapter(hadolint.TOOL, files | {".hadolint.yaml": "ignored: [\n"})
