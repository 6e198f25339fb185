"""actionlint's JSON, and what it knows of the repository around a workflow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import actionlint
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = (
    '[{"message":"could not parse as YAML: invalid leading UTF-8 octet (value: 255)",'
    '"filepath":"../scratch/project/.github/workflows/nl\\nx.yml","line":0,"column":0,'
    '"kind":"syntax-check","end_column":0},'
    '{"message":"missing input \\"a\\" which is required by action \\"x\\" defined at '
    '\\"/scratch/project/my-action\\"","filepath":"../scratch/project/.github/workflows/a.yml",'
    '"line":6,"column":13,"kind":"action","snippet":"  - uses: ./my-action","end_column":23}]'
)
FILES = (".github/workflows/a.yml", ".github/workflows/nl\nx.yml")
WORKFLOW = "on: push\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n"


def workflow(step: str) -> str:
    return WORKFLOW.replace("{step}", step)


def test_every_mistake_becomes_a_finding(make_job: Callable[..., Job]) -> None:
    broken, action = actionlint.parse(make_job(*FILES), Completed(1, PRINTED, ""))
    assert (broken.path, broken.line, broken.column, broken.end_column) == (FILES[1], 0, 0, 0)
    assert (broken.rule, broken.severity) == ("syntax-check", Severity.ERROR)
    assert (action.path, action.line, action.column, action.end_column) == (FILES[0], 6, 13, 24)
    assert (action.rule, action.severity) == ("action", Severity.WARNING)
    assert action.message.endswith('defined at "my-action"')


@pytest.mark.parametrize(
    "completed",
    [
        Completed(3, "", 'could not read "nope.yml": open nope.yml: no such file or directory'),
        Completed(1, "", ""),
        Completed(1, PRINTED.replace("a.yml", "b.yml"), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(actionlint.parse(make_job(*FILES), completed))


def test_which_files_it_looks_at() -> None:
    matches = actionlint.TOOL.files.matches
    assert matches(".github/workflows/ci.yml")
    assert matches(".github/workflows/ci.yaml")
    assert not matches(".github/dependabot.yml")
    assert not matches("docs/.github/workflows/ci.yml")


def test_odd_names_and_contents(run_adapter: Callable[..., list[Finding]]) -> None:
    directory = ".github/workflows"
    wrong = workflow("run: echo ${{ github.nothing }}")
    files = {
        f"{directory}/-x.yml": wrong,
        f"{directory}/nl\nx.yml": wrong,
        f"{directory}/é sp.yaml": wrong.replace("\n", "\r\n"),
        f"{directory}/bytes.yml": b"on: '\xff'\n",
        f"{directory}/empty.yml": "",
    }
    found = [(item.path, item.rule, item.line) for item in run_adapter(actionlint.TOOL, files)]
    assert found == [
        (f"{directory}/-x.yml", "expression", 6),
        (f"{directory}/bytes.yml", "syntax-check", 0),
        (f"{directory}/empty.yml", "syntax-check", 1),
        (f"{directory}/nl\nx.yml", "expression", 6),
        (f"{directory}/é sp.yaml", "expression", 6),
    ]


def test_the_configuration_and_local_actions_count_without_a_git_directory(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {
        ".github/workflows/ci.yml": workflow("{uses: ./greet, with: {nam: you}}"),
        ".github/actionlint.yaml": "self-hosted-runner: {labels: [ours]}\n",
        ".github/workflows/own.yml": workflow("run: ls").replace("ubuntu-latest", "ours"),
        "greet/action.yml": (
            "name: greet\ndescription: Say hello\ninputs: {name: {description: whom}}\n"
            "runs: {using: composite, steps: [{run: ls, shell: bash}]}\n"
        ),
    }
    (found,) = run_adapter(actionlint.TOOL, files)
    assert (found.path, found.rule) == (".github/workflows/ci.yml", "action")
    assert 'defined at "./greet"' in found.message


def test_no_message_names_a_directory_of_this_run(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    call = "on: push\njobs:\n  t:\n    uses: ./.github/workflows/none.yml\n"
    (found,) = run_adapter(actionlint.TOOL, {".github/workflows/ci.yml": call})
    assert "scratch" not in found.message


def test_whether_other_linters_are_installed_does_not_matter(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    files = {".github/workflows/ci.yml": workflow('run: rm -r $1 "a')}
    assert run_adapter(actionlint.TOOL, files) == []
