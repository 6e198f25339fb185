"""shellcheck's JSON, what it follows and what it does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_mcp.domain.finding import Edit, Finding, Severity
from pipeline_mcp.errors import ToolOutputError
from pipeline_mcp.tools import shellcheck
from pipeline_mcp.tools.contract import Completed, Job

PRINTED = (
    '{"comments":[{"file":"./nl\\na.sh","line":2,"endLine":2,"column":6,"endColumn":8,'
    '"level":"info","code":2086,"message":"Double quote to prevent globbing and word splitting.",'
    '"fix":{"replacements":[{"column":6,"endColumn":6,"endLine":2,"insertionPoint":"afterEnd",'
    '"line":2,"precedence":7,"replacement":"\\""},{"column":8,"endColumn":8,"endLine":2,'
    '"insertionPoint":"beforeStart","line":2,"precedence":7,"replacement":"\\""}]}},'
    '{"file":"./zsh.sh","line":1,"endLine":1,"column":1,"endColumn":1,"level":"error","code":1071,'
    '"message":"ShellCheck only supports sh/bash/dash/ksh/\'busybox sh\' scripts. Sorry!",'
    '"fix":null}]}'
)


def test_a_comment_becomes_a_finding_with_edits(make_job: Callable[..., Job]) -> None:
    job = make_job("nl\na.sh", "zsh.sh")
    quote, other = shellcheck.parse(job, Completed(1, PRINTED, ""))
    assert (quote.path, quote.rule, quote.severity) == ("nl\na.sh", "SC2086", Severity.INFO)
    assert (quote.line, quote.column, quote.end_line, quote.end_column) == (2, 6, 2, 8)
    assert quote.edits == (Edit(2, 6, 2, 6, '"'), Edit(2, 8, 2, 8, '"'))
    assert not quote.fixable
    assert (other.rule, other.severity) == ("SC1071", Severity.INFO)


@pytest.mark.parametrize(
    "completed",
    [
        Completed(2, '{"comments":[]}', "nope.sh: openBinaryFile: does not exist"),
        Completed(1, "", ""),
        Completed(1, PRINTED.replace("zsh.sh", "other.sh"), ""),
    ],
)
def test_unreadable_output_is_a_tool_error(
    make_job: Callable[..., Job], completed: Completed
) -> None:
    with pytest.raises(ToolOutputError):
        list(shellcheck.parse(make_job("nl\na.sh", "zsh.sh"), completed))


def test_odd_names_and_contents(run_adapter: Callable[..., list[Finding]]) -> None:
    script = "#!/bin/sh\necho $1\n"
    files = {
        "-x.sh": script,
        "nl\na.bash": script,
        "é.sh": script,
        "bytes.sh": b"#!/bin/sh\necho '\xff' $1\n",
        "crlf.sh": "#!/bin/sh\r\ntrue\r\n",
    }
    found = {(item.path, item.rule, item.column) for item in run_adapter(shellcheck.TOOL, files)}
    assert found == {
        ("-x.sh", "SC2086", 6),
        ("nl\na.bash", "SC2086", 6),
        ("é.sh", "SC2086", 6),
        ("bytes.sh", "SC2086", 10),
        ("crlf.sh", "SC1017", 10),
        ("crlf.sh", "SC1017", 5),
    }


def test_a_sourced_script_is_followed_if_it_is_one_of_the_files(
    run_adapter: Callable[..., list[Finding]],
) -> None:
    main = '#!/bin/sh\n. ./names.sh\n. /etc/profile\necho "$name"\n'
    names = "#!/bin/sh\nexport name=me\n"
    found = run_adapter(shellcheck.TOOL, {"bin/main.sh": main, "bin/names.sh": names})
    assert [(item.rule, item.line) for item in found] == [("SC1091", 3)]
    alone = run_adapter(shellcheck.TOOL, {"bin/main.sh": main})
    assert [item.rule for item in alone] == ["SC1091", "SC1091", "SC2154"]


def test_the_configuration_in_the_tree_counts(run_adapter: Callable[..., list[Finding]]) -> None:
    files = {"bin/a.sh": "#!/bin/sh\necho $1\n", ".shellcheckrc": "disable=SC2086\n"}
    assert run_adapter(shellcheck.TOOL, files) == []


def test_a_configuration_above_the_tree_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / ".shellcheckrc").write_text("disable=SC2086\n")
    job = Job(tmp_path / "tree", ("a.sh",), tmp_path)
    assert "--norc" in shellcheck.command(job)
