from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fixtures.reports import make_finding

from pipeline_mcp.domain.finding import Finding
from pipeline_mcp.domain.unit import Outcome
from pipeline_mcp.fixing.comparison import Comparison, Scan, compare, count_fixed
from pipeline_mcp.scanning.fingerprint import fingerprinted

OK = {"ruff": Outcome.OK}


def at(line: int, rule: str = "F401", message: str = "unused", path: str = "a.py") -> Finding:
    return make_finding(path, line, rule=rule, message=message, fingerprint="")


def compared(old: str, before: Sequence[Finding], new: str, after: Sequence[Finding]) -> Comparison:
    """Of findings in `a.py`, whose text is `old` and then `new`."""
    return compare(
        Scan(tuple(fingerprinted(before, lambda _path: old)), OK),
        Scan(tuple(fingerprinted(after, lambda _path: new)), OK),
        lambda path: (old, new) if path == "a.py" else None,
    )


def test_lines_that_only_moved_have_no_new_findings() -> None:
    said = compared("x\nimport a\nimport b\n", [at(2), at(3)], "import b\n", [at(1)])
    assert said.is_good


def test_a_finding_that_was_not_there_is_added() -> None:
    said = compared("import a\nx\n", [at(1)], "x\n", [at(1, "E999")])
    assert [one.rule for one in said.added] == ["E999"]
    assert said.blamed == {"a.py"}


def test_a_changed_line_keeps_the_finding_that_it_had() -> None:
    old, new = "import a, b\nx = 1\n", "import b\nx = 1\n"
    before = [at(1, message="a unused"), at(1, message="b unused")]
    assert compared(old, before, new, [at(1, message="b unused")]).is_good


def test_a_changed_line_does_not_hide_another_finding_of_the_rule() -> None:
    said = compared(
        "import a\n", [at(1, message="a unused")], "import b\n", [at(1, message="b unused")]
    )
    assert len(said.added) == 1


def test_numbers_in_messages_do_not_make_a_finding_new() -> None:
    long = "x = '" + "a" * 120 + "'"
    said = compared(
        f"{long} # teh\n",
        [at(1, "E501", "line too long (131 > 100)")],
        f"{long} # the end\n",
        [at(1, "E501", "line too long (135 > 100)")],
    )
    assert said.is_good


def test_a_note_behind_a_message_does_not_make_a_finding_new() -> None:
    old, new = "f(a, b)\n", "f(\n    a,\n    b,\n)\n"
    before = [at(1, message="a is wrong"), at(1, message="b is wrong (see the manual)")]
    after = [at(2, message="a is wrong (see the manual)"), at(3, message="b is wrong")]
    assert compared(old, before, new, after).is_good


def test_a_finding_elsewhere_in_the_file_is_no_excuse() -> None:
    old, new = "a\nb\nc\nd\n", "a\nb\nc\ne\n"
    said = compared(old, [at(1)], new, [at(4)])
    assert len(said.added) == 1


def test_findings_about_whole_files_may_point_anywhere() -> None:
    one = make_finding("a.py", 1, tool="black", rule="reformat", message="m", fingerprint="1")
    two = replace(one, line=7, fingerprint="2")
    outcomes = {"black": Outcome.OK}
    before, after = Scan((one,), outcomes), Scan((two,), outcomes)
    assert compare(before, after, lambda _: None, whole_files={"black"}).is_good
    assert not compare(before, after, lambda _: None).is_good


def test_a_unit_that_ends_worse_counts_and_so_does_a_tool_that_is_gone() -> None:
    before = Scan((), {"a": Outcome.OK, "b": Outcome.OK, "c": Outcome.TIMEOUT, "d": Outcome.OK})
    after = Scan((), {"a": Outcome.TOOL_ERROR, "c": Outcome.OK, "d": Outcome.SKIPPED})
    said = compare(before, after, lambda _: None)
    assert [sentence.split()[0] for sentence in said.worse] == ["a", "b", "d"]


def test_only_what_was_meant_to_go_and_is_gone_counts_as_fixed() -> None:
    before = fingerprinted([at(1), at(2), at(3, "E711")], lambda _path: "x\nx\ny\n")
    after = fingerprinted([at(1)], lambda _path: "x\n")
    meant = [before[0].fingerprint]
    assert count_fixed(meant, before, after) == 1
    assert count_fixed([one.fingerprint for one in before], before, after) == 2
    assert count_fixed(meant, before, before) == 0
