"""JSON with comments is changed in one place, and stays as it is everywhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_mcp.cli.clients.jsonc import JsonError, parse, with_item, with_value, without

COMMENTED = """\
// my servers
{
  /* the first */
  "servers": {
    "other": {"command": "x"}, // keep this
  },
  "inputs": [] // none yet
}
"""

keys = st.text(st.characters(blacklist_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | keys,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, max_size=4)


@given(documents, st.sampled_from([None, 2, 4]))
def test_it_reads_what_json_reads(document: object, indent: int | None) -> None:
    assert parse(json.dumps(document, indent=indent)).value == document


@given(documents, keys, values, st.sampled_from([None, 2]))
def test_a_value_is_put_in_and_the_rest_stays(
    document: dict[str, object], key: str, value: object, indent: int | None
) -> None:
    changed = with_value(json.dumps(document, indent=indent), (key,), value)
    assert json.loads(changed) == {**document, key: value}


@given(documents.filter(bool), st.data(), st.sampled_from([None, 2]))
def test_a_member_is_taken_out_and_the_rest_stays(
    document: dict[str, object], data: st.DataObject, indent: int | None
) -> None:
    key = data.draw(st.sampled_from(list(document)))
    changed = without(json.dumps(document, indent=indent), (key,))
    assert json.loads(changed) == {name: document[name] for name in document if name != key}


def test_comments_commas_and_blanks_stay() -> None:
    changed = with_value(COMMENTED, ("servers", "ours"), {"command": "y"})
    assert changed == COMMENTED.replace(
        "// keep this\n", '// keep this\n    "ours": {\n      "command": "y"\n    }\n'
    )
    assert with_item(COMMENTED, ("inputs",), 1) == COMMENTED.replace("[]", "[\n    1\n  ]")
    assert with_value(changed, ("servers", "ours", "command"), "z") == changed.replace('"y"', '"z"')


def test_what_was_put_in_is_taken_out_again() -> None:
    changed = with_value(COMMENTED, ("servers", "ours"), {"command": "y"})
    assert parse(without(changed, ("servers", "ours"))).value == parse(COMMENTED).value
    assert "// keep this" in without(changed, ("servers", "ours"))
    assert "// keep this" in without(changed, ("servers", "other"))


def test_a_comment_never_swallows_what_follows() -> None:
    assert parse(without('{"a": 1, // one\n "b": 2}', ("b",))).value == {"a": 1}


def test_objects_on_the_way_are_made() -> None:
    assert json.loads(with_value("{}\n", ("servers", "ours"), 1)) == {"servers": {"ours": 1}}


def test_lines_end_as_they_did() -> None:
    assert with_value('{\r\n  "a": 1\r\n}\r\n', ("b",), {"c": 2}) == (
        '{\r\n  "a": 1,\r\n  "b": {\r\n    "c": 2\r\n  }\r\n}\r\n'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: a value is expected here"),
        ('{"a": 1', "a comma or a } is expected here"),
        ('{"a": 1 "b": 2}', "line 1, column 9: a comma or a } is expected here"),
        ("{\n  a: 1\n}", "line 2, column 3: a name in double quotes is expected here"),
        ('{"a" 1}', "a colon is expected here"),
        ('{"a": 1} {}', "something follows the end of the document"),
        ('{"a": 1-2}', "this is no value of JSON"),
        ("[1]", "an object is expected here"),
        ('{"b": []}', "an object is expected here"),
    ],
)
def test_what_it_cannot_change_it_refuses(text: str, said: str) -> None:
    with pytest.raises(JsonError) as refused:
        with_value(text, ("b", "c"), 1)
    assert said in str(refused.value)
