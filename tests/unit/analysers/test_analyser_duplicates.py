"""What counts as a copy."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from pipeline_mcp.analysers.finding import Finding, Span

Analyse = Callable[..., list[Finding]]

TOTAL = """\
def total(items, limit):
    amount = 0
    for item in items:
        if item.price > limit:
            amount += item.price
        else:
            amount -= 1
    if amount < 0:
        raise ValueError("too cheap")
    return round(amount, 2)
"""

BLOCK = """\
with open(path) as file:
    rows = [line.split(",") for line in file]
names = sorted(row[0] for row in rows)
if len(names) != len(set(names)):
    raise ValueError("a name occurs twice")
sizes = {row[0]: int(row[1]) for row in rows}
biggest = max(sizes, key=sizes.get)
print(biggest, sizes[biggest])
"""


def rules(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(finding.rule, finding.path, finding.span.line) for finding in findings]


def function(name: str, body: str, arguments: str = "path") -> str:
    return f"def {name}({arguments}):\n{textwrap.indent(body, '    ')}"


def test_a_function_that_is_there_twice_is_found_at_the_second_place(duplicates: Analyse) -> None:
    (found,) = duplicates({"a.py": f"X = 1\n{TOTAL}", "b.py": f"\n\n{TOTAL}"})
    assert (found.rule, found.severity, found.path) == ("duplicate-function", "info", "b.py")
    assert found.span == Span(3, 1, 12, 28)
    assert found.message == "`total` has the same body as `total` at a.py:2."


@pytest.mark.parametrize(
    "copy",
    [
        TOTAL.replace("def total", "def summed_up"),
        TOTAL.replace("(items, limit)", "(items: list[int], limit: int = 0) -> int").replace(
            " = 0)", ")"
        ),
        TOTAL.replace(
            "    amount = 0\n", '    """Add up."""\n    # from nothing\n    amount = 0\n'
        ),
        TOTAL.replace("round(amount, 2)", "round(\n        amount,\n        2,\n    )"),
        TOTAL.replace('"too cheap"', "'too cheap'"),
        f"@cached\n{TOTAL}",
    ],
    ids=["name", "annotations", "docstring and comment", "layout", "quotes", "decorator"],
)
def test_what_does_not_matter_to_a_copy(duplicates: Analyse, copy: str) -> None:
    found = duplicates({"a.py": f"X = 1\n{TOTAL}", "b.py": f"Y = 2\n{copy}"})
    assert [finding.rule for finding in found] == ["duplicate-function"]


@pytest.mark.parametrize(
    "other",
    [
        TOTAL.replace("amount -= 1", "amount -= 2"),
        TOTAL.replace("amount -= 1", "amount -= True"),
        TOTAL.replace("amount -= 1", "amount -= 1.0"),
        TOTAL.replace("item.price", "item.cost"),
        TOTAL.replace("items, limit", "items, limit=5"),
        TOTAL.replace("def ", "async def "),
    ],
    ids=["value", "type of a value", "float", "attribute", "default", "async"],
)
def test_what_makes_another_function(duplicates: Analyse, other: str) -> None:
    assert duplicates({"a.py": TOTAL, "b.py": other}) == []


def test_a_function_with_other_names_of_variables_is_a_similar_one(duplicates: Analyse) -> None:
    other = TOTAL.replace("amount", "sum_of_all").replace("items", "goods").replace("item", "good")
    (found,) = duplicates({"a.py": TOTAL, "b.py": other})
    assert found.rule == "similar-function"
    assert (
        found.message
        == "`total` differs from `total` at a.py:1 in the names of its variables only."
    )


def test_names_of_others_are_no_variables_of_the_function(duplicates: Analyse) -> None:
    assert duplicates({"a.py": TOTAL, "b.py": TOTAL.replace("round", "floor")}) == []


def test_functions_that_set_different_globals_are_not_similar(duplicates: Analyse) -> None:
    first = TOTAL.replace("    amount = 0\n", "    global amount\n    amount = 0\n")
    assert duplicates({"a.py": first, "b.py": first.replace("amount", "balance")}) == []


def test_equal_classes_are_found_whatever_they_are_called(duplicates: Analyse) -> None:
    methods = textwrap.indent(TOTAL.replace("(items", "(self, items"), "    ")
    found = duplicates(
        {"a.py": f"class A(Base):\n{methods}", "b.py": f"X = 1\nclass B(Base):\n{methods}"}
    )
    assert rules(found) == [("duplicate-class", "b.py", 2)]


def test_a_method_is_compared_even_where_the_classes_differ(duplicates: Analyse) -> None:
    methods = textwrap.indent(TOTAL.replace("(items", "(self, items"), "    ")
    found = duplicates({"a.py": f"class A(One):\n{methods}", "b.py": f"class B(Two):\n{methods}"})
    assert rules(found) == [("duplicate-function", "b.py", 2)]


def test_a_copied_file_is_one_finding_and_not_one_per_function(duplicates: Analyse) -> None:
    found = duplicates({"a.py": TOTAL * 2, "b.py": f'"""A copy."""\n{TOTAL}\n{TOTAL}'})
    assert rules(found) == [("duplicate-function", "a.py", 11), ("duplicate-file", "b.py", 1)]


def test_empty_and_tiny_files_are_no_copies(duplicates: Analyse) -> None:
    files = {"a/__init__.py": "", "b/__init__.py": ""}
    assert duplicates({**files, "c.py": "VERSION = 1\n", "d.py": "VERSION = 1\n"}) == []


def test_imports_are_alike_everywhere_and_no_copied_run(duplicates: Analyse) -> None:
    lines = "".join(f"from pkg.module{number} import name{number}\n" for number in range(30))
    assert duplicates({"a.py": f"{lines}X = 1\n", "b.py": f"{lines}Y = 2\n"}) == []


def test_a_copied_run_of_statements_is_found_inside_different_functions(
    duplicates: Analyse,
) -> None:
    first = function("load", f"log('loading')\n{BLOCK}")
    second = function("report", f"{BLOCK}return biggest\n", "path, title")
    (found,) = duplicates({"a.py": first, "b.py": second})
    assert (found.rule, found.path) == ("duplicate-block", "b.py")
    assert found.message == "This code is the same as that at a.py:3."
    assert found.span == Span(2, 5, 9, 35)


def test_a_run_may_be_copied_within_one_function(duplicates: Analyse) -> None:
    found = duplicates({"a.py": function("load", f"{BLOCK}path = path.parent\n{BLOCK}")})
    assert rules(found) == [("duplicate-block", "a.py", 11)]


def test_a_short_run_is_no_copy(duplicates: Analyse) -> None:
    run = "".join(BLOCK.splitlines(keepends=True)[:3])
    files = {"a.py": function("f", run), "b.py": function("g", f"x = 1\n{run}", "path, x")}
    assert duplicates(files) == []


def test_the_answer_does_not_depend_on_the_run(duplicates: Analyse) -> None:
    files = {f"{name}.py": f"X = {name!r}\n{TOTAL}" for name in "dbca"}
    found = duplicates(files)
    assert rules(found) == [("duplicate-function", f"{name}.py", 2) for name in "bcd"]
    assert all("a.py:2" in finding.message for finding in found)
    assert found == duplicates(files)


def test_many_equal_statements_take_no_long_time(duplicates: Analyse) -> None:
    found = duplicates({"a.py": "values.append(compute(1, 2, 3))\n" * 20_000})
    assert {finding.rule for finding in found} == {"duplicate-block"}
    assert len(found) < 20
