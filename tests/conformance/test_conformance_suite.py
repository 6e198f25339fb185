"""The official conformance suite, against the server as it is and with fixtures in it."""

from __future__ import annotations

import re

import pytest
import yaml
from conformance.legs import run_all
from conformance.node import HERE
from conformance.report import DOCUMENT, Verdicts, published, tables
from conformance.suite import PASS_FOR_NOTHING, REVISIONS

# How many scenarios each revision requires of a server.
REQUIRED = {"2025-11-25": 30, "2026-07-28": 37}
# How many of the ten scenarios of the Tasks extension check something.
TASKS = 9


@pytest.fixture(scope="module")
def verdicts() -> Verdicts:
    return run_all()


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_bare_server_fails_what_needs_a_fixture_and_nothing_else(
    verdicts: Verdicts, revision: str
) -> None:
    verdict = verdicts["bare", revision]
    assert verdict.exit_code == 0, verdict.printed[-4000:]


@pytest.mark.parametrize("revision", REVISIONS)
def test_with_fixtures_all_that_is_required_passes(verdicts: Verdicts, revision: str) -> None:
    verdict = verdicts["with fixtures", revision]
    assert verdict.exit_code == 0, verdict.printed[-4000:]
    complaints = {one.name: one.complaints for one in verdict.scored if not one.passed}
    assert complaints == {}
    assert len(verdict.scored) == REQUIRED[revision]


def test_with_fixtures_all_of_the_tasks_extension_passes_that_is_checked(
    verdicts: Verdicts,
) -> None:
    checked = [one for one in verdicts["with fixtures", "2026-07-28"].tasks if one.checks]
    assert {one.name: one.complaints for one in checked if not one.passed} == {}
    assert len(checked) == TASKS


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_entry_of_a_baseline_says_which_fixture_it_needs(revision: str) -> None:
    text = (HERE / f"bare-{revision}.yml").read_text()
    entries = yaml.safe_load(text)["server"]
    explained = re.findall(r"^  - (\S+) # \S.*$", text, flags=re.MULTILINE)
    assert entries == explained
    assert not PASS_FOR_NOTHING & set(entries)


def test_the_document_says_what_the_suite_found(verdicts: Verdicts) -> None:
    assert tables(verdicts) == published(), f"`make conformance-tables` writes {DOCUMENT.name} anew"
