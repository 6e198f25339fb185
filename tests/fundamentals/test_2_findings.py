"""2. Findings: what a tool says at a place, in one shape for all tools and in six formats."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from fixtures.stack import Pipeline


def test_a_finding_says_who_what_where_and_how_bad(project: Path, pipeline: Pipeline) -> None:
    found = pipeline("run", project, "--tools", "ruff", "--format", "json").json["findings"]
    unused, undefined = found
    assert (unused["path"], unused["line"], unused["column"]) == ("shop.py", 3, 8)
    assert (unused["tool"], unused["rule"], unused["severity"]) == ("ruff", "F401", "warning")
    assert unused["fixable"]
    assert (undefined["rule"], undefined["severity"]) == ("F821", "error")


def test_a_finding_keeps_its_fingerprint_when_its_line_moves(
    project: Path, pipeline: Pipeline
) -> None:
    def fingerprints() -> list[str]:
        answer = pipeline("run", project, "--tools", "ruff", "--format", "json").json
        return [finding["fingerprint"] for finding in answer["findings"]]

    before = fingerprints()
    shop = project / "shop.py"
    shop.write_text(shop.read_text().replace('shop."""\n', 'shop."""\n\n# A comment above.\n'))
    assert fingerprints() == before


def test_the_gate_is_yours(project: Path, pipeline: Pipeline) -> None:
    def gate(fail_on: str) -> int:
        return pipeline("run", project, "--tools", "ruff", "--fail-on", fail_on).exit_code

    assert [gate("error,warning"), gate("info"), gate("none")] == [1, 0, 0]


def test_findings_can_be_asked_for_again_and_filtered(project: Path, pipeline: Pipeline) -> None:
    session_id = pipeline("run", project, "--tools", "ruff", "--format", "json").json["session_id"]

    def rules(*filters: str) -> list[str]:
        answer = pipeline("findings", session_id, *filters, "--format", "json").json
        return [finding["rule"] for finding in answer["findings"]]

    assert rules() == ["F401", "F821"]
    assert rules("--severity", "error") == ["F821"]
    assert rules("--path", "bill.*") == []
    assert rules("--limit", "1") == ["F401"]


@pytest.fixture
def written(project: Path, pipeline: Pipeline):
    def write(form: str) -> str:
        return pipeline("run", project, "--tools", "ruff", "--quiet", "--format", form).stdout

    return write


def test_text_for_people_shows_the_source(written) -> None:
    assert "3 │ import os" in written("text")


def test_sarif_for_code_scanning(written) -> None:
    document = json.loads(written("sarif"))
    assert document["version"] == "2.1.0"
    assert [result["ruleId"] for result in document["runs"][0]["results"]] == ["F401", "F821"]


def test_junit_for_test_reports(written) -> None:
    suite = ElementTree.fromstring(written("junit").encode())
    assert len(suite.findall(".//failure")) == 2


def test_annotations_for_github(written) -> None:
    assert "::error file=shop.py,line=8," in written("github")


def test_markdown_for_comments(written) -> None:
    assert "### `shop.py`" in written("markdown")


def test_the_answer_can_go_to_a_file(project: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    answer = pipeline("run", project, "--tools", "ruff", "--format", "json", "--output", target)
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert json.loads(target.read_text())["summary"]["findings"] == 2
