"""Which findings a baseline covers: shifts, edits, moves, and never more than it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pytest

from pipeline_mcp.domain.baseline import Entry, entry_of
from pipeline_mcp.domain.finding import Finding, Severity
from pipeline_mcp.scanning.fingerprint import fingerprinted, places
from pipeline_mcp.scanning.matching import Matching, match

SOURCE = "import os\n\n\ndef f():\n    import sys\n    import sys\n"
Tree = dict[str, str]


def found(tree: Tree, *at: tuple[str, int, str]) -> list[Finding]:
    """Findings `(path, line, message)` with their fingerprints."""
    findings = [
        Finding("ruff", "F401", Severity.ERROR, message, path, line) for path, line, message in at
    ]
    return fingerprinted(findings, tree.get)


def baseline(tree: Tree, findings: Sequence[Finding]) -> list[Entry]:
    where = places(findings, tree.get)
    return [entry_of(one, *place) for one, place in zip(findings, where, strict=True)]


def compared(
    tree: Tree, findings: Sequence[Finding], entries: list[Entry], **renames: str
) -> Matching:
    moves = {old.replace("_py", ".py"): new for old, new in renames.items()}
    return match(
        findings, entries, places=partial(places, source=tree.get), paths=tree, renames=moves
    )


OLD = {"a.py": SOURCE}
FINDINGS = found(OLD, ("a.py", 1, "os"), ("a.py", 5, "sys"), ("a.py", 6, "sys"))
ENTRIES = baseline(OLD, FINDINGS)


def test_lines_that_move_and_are_indented_anew_stay_known() -> None:
    tree = {"a.py": "# new\n\n" + SOURCE.replace("    import", "\timport")}
    again = found(tree, ("a.py", 3, "os"), ("a.py", 7, "sys"), ("a.py", 8, "sys"))
    assert compared(tree, again, ENTRIES) == Matching(frozenset({0, 1, 2}), ())


def test_one_more_of_the_same_is_new() -> None:
    tree = {"a.py": SOURCE + "    import sys\n"}
    more = found(tree, ("a.py", 1, "os"), *(("a.py", line, "sys") for line in (5, 6, 7)))
    assert len(compared(tree, more, ENTRIES).known) == 3


def test_fewer_leave_entries_that_are_gone() -> None:
    tree = {"a.py": "def f():\n    import sys\n"}
    matching = compared(tree, found(tree, ("a.py", 2, "sys")), ENTRIES)
    assert matching.known == {0}
    assert sorted(entry.message for entry in matching.gone) == ["os", "sys"]


def test_an_edited_line_stays_known_in_its_symbol_alone() -> None:
    tree = {"a.py": SOURCE.replace("    import sys", "    import sys  # noqa")}
    edited = found(tree, ("a.py", 1, "os"), ("a.py", 5, "sys"), ("a.py", 6, "sys"))
    assert len(compared(tree, edited, ENTRIES).known) == 3
    elsewhere = {"a.py": SOURCE.replace("def f", "def g").replace("import sys", "import sys  #")}
    other = found(elsewhere, ("a.py", 1, "os"), ("a.py", 5, "sys"), ("a.py", 6, "sys"))
    assert compared(elsewhere, other, ENTRIES).known == {0}


def test_a_line_stays_known_when_its_function_gets_another_name() -> None:
    tree = {"a.py": SOURCE.replace("def f", "def g")}
    renamed = found(tree, ("a.py", 1, "os"), ("a.py", 5, "sys"), ("a.py", 6, "sys"))
    assert compared(tree, renamed, ENTRIES) == Matching(frozenset({0, 1, 2}), ())


def test_the_numbers_of_a_message_may_change() -> None:
    long, longer = {"a.py": "x = 1\n"}, {"a.py": "xxx = 1\n"}
    entries = baseline(long, found(long, ("a.py", 1, "Line too long (95 > 88)")))
    assert compared(longer, found(longer, ("a.py", 1, "Line too long (97 > 88)")), entries).known


def test_code_that_moves_to_another_file_stays_known_by_its_name() -> None:
    method = "class C:\n    def f(self):\n        import sys\n"
    entries = baseline({"a.py": method}, found({"a.py": method}, ("a.py", 3, "sys")))
    tree = {"a.py": "class C:\n    pass\n", "b.py": "def f():\n    import sys\n"}
    assert compared(tree, found(tree, ("b.py", 2, "sys")), entries).known == {0}
    other = {"a.py": "class C:\n    pass\n", "b.py": "def g():\n    import sys\n"}
    assert compared(other, found(other, ("b.py", 2, "sys")), entries).known == frozenset()


def test_another_version_of_the_tool_may_say_it_in_other_words() -> None:
    reworded = [replace(one, message=f"{one.message} is unused") for one in FINDINGS]
    assert compared(OLD, reworded, ENTRIES).known == {0, 1, 2}


@pytest.mark.parametrize("renames", [{}, {"a_py": "lib/b.py"}], ids=["inferred", "git"])
def test_findings_move_with_their_file(renames: dict[str, str]) -> None:
    tree = {"lib/b.py": SOURCE}
    moved = found(tree, ("lib/b.py", 1, "os"), ("lib/b.py", 5, "sys"), ("lib/b.py", 6, "sys"))
    assert compared(tree, moved, ENTRIES, **renames) == Matching(frozenset({0, 1, 2}), ())


def test_a_copy_is_new() -> None:
    tree = {"a.py": SOURCE, "b.py": SOURCE}
    both = found(tree, *((path, 1, "os") for path in tree))
    assert compared(tree, both, ENTRIES).known == {0}


def test_one_like_finding_does_not_tell_where_a_file_went() -> None:
    tree = {"other.py": "import os\n"}
    alike = found(tree, ("other.py", 1, "os"))
    assert compared(tree, alike, ENTRIES[:1]).known == frozenset()
    assert compared(tree, alike, ENTRIES[:1], a_py="other.py").known == {0}


def test_a_line_that_every_file_has_tells_nothing_and_costs_little() -> None:
    tree = {f"new/{number}.py": "import os\n" for number in range(500)}
    alike = found(tree, *((path, 1, "os") for path in tree))
    gone = [
        replace(ENTRIES[0], fingerprint="0" * 32, path=f"old/{number}/0.py")
        for number in range(5_000)
    ]
    assert compared(tree, alike, gone).known == frozenset()


def test_an_entry_covers_no_finding_of_another_rule_or_tool() -> None:
    others = [replace(FINDINGS[0], rule="F811", fingerprint="0" * 32)]
    assert compared(OLD, others, ENTRIES).known == frozenset()
