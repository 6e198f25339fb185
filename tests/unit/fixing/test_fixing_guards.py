from __future__ import annotations

import pytest

from pipeline_mcp.fixing.guards import Allowance, Change, objection
from pipeline_mcp.fixing.python_guard import Meaning

FREE = Allowance()
LAYOUT = Allowance(Meaning.LAYOUT, ends_last_line=True)
WORDS = Allowance(Meaning.DOCUMENTATION)
IMPORTS = Allowance(Meaning.IMPORT_ORDER)


def said(
    path: str, old: bytes, new: bytes, allowance: Allowance = FREE, *configuration: str
) -> str | None:
    return objection(
        Change(path, old, new), allowance, configuration=configuration, most_bytes=1000
    )


@pytest.mark.parametrize(
    ("path", "old", "new", "word"),
    [
        ("a.py", b"a = 1\n", b"a = (\n", "compile"),
        ("a.py", b"a = 1\n", b"return\n", "compile"),
        ("a.py", b"def f(:\n", b"def f():\n", "does not parse here"),
        ("a.py", b"print 'old'\n", b"print('old')\n", "does not parse here"),
        ("a.py", b"# coding: latin-1\na = '\xe9'\n", b"# coding: cp1252\na = '\xe9'\n", "declared"),
        ("a.py", b"a = 1\n", b"\xef\xbb\xbfa = 1\n", "byte-order"),
        ("a.py", b"\xef\xbb\xbfa = 1 \n", b"a = 1\n", "byte-order"),
        ("a.txt", "é".encode(), b"\xe9", "encoding"),
        ("a.py", b"a = 1\r\nb = 2\r\n", b"a = 1\nb = 2\n", "line ends"),
        ("a.py", b"a = 1\nb = 2\r\n", b"a = 1\nb = 2\n", "line ends"),
        ("a.py", b"a = 1\n", b"a = 1", "away"),
        ("a.py", b"a = 1", b"b = 1\n", "no end"),
        ("a.py", b"import os\n", b"import os  # noqa\n", "look away"),
        ("a.py", b"a = b'1'\n", b"a = b'1'  # type: ignore\n", "look away"),
        ("a.ipynb", b"{}\n", b"{ }\n", "notebooks"),
        ("a.bin", b"a\0b", b"a\0c", "binary"),
        ("a.txt", b"a\n", b"a" * 1001, "more than 1000 bytes"),
        ("a.json", b'{"a": 1}\n', b'{"a": 1\n', "read as data"),
        ("a.yaml", b"a: 1 \n", b"a: 2\n", "data"),
        ("a.toml", b"a = 1\n", b"a = 2\n", "data"),
    ],
)
def test_what_no_fix_may_do(path: str, old: bytes, new: bytes, word: str) -> None:
    answer = said(path, old, new)
    assert answer is not None
    assert word in answer


@pytest.mark.parametrize(
    ("path", "old", "new", "allowance"),
    [
        ("a.py", b"import os\nx = 1\n", b"x = 1\n", FREE),
        ("a.py", b"import os\n", b"", FREE),
        ("a.py", b"x = 1", b"y = 1", FREE),
        ("a.py", b"a = 1", b"a = 1\n", LAYOUT),
        ("a.py", b"a = u'x'\ndel (a, b)\n", b'a = "x"\ndel a, b\n', LAYOUT),
        ("a.py", b"def f():\n    '''a  \n    b'''\n", b"def f():\n    '''a\n    b'''\n", LAYOUT),
        ("a.py", b"'''teh'''\nx = 1  # teh\n", b"'''the'''\nx = 1  # the\n", WORDS),
        ("a.py", b"import b, a\nx = 1\n", b"import a\nimport b\nx = 1\n", IMPORTS),
        ("a.py", b"\xef\xbb\xbfa = 1 \r\n", b"\xef\xbb\xbfa = 1\r\n", LAYOUT),
        ("a.py", b"# coding: latin-1\na = '\xe9' \n", b"# coding: latin-1\na = '\xe9'\n", LAYOUT),
        ("a.yaml", b"a:   1  \n# teh\n", b"a: 1\n# the\n", FREE),
        ("broken.json", b"{  \n", b"{\n", FREE),
        ("pyproject.toml", b"# teh\na = 1\n", b"# the\na = 1\n", FREE),
    ],
)
def test_what_a_fix_may_do(path: str, old: bytes, new: bytes, allowance: Allowance) -> None:
    assert said(path, old, new, allowance, "pyproject.toml") is None


@pytest.mark.parametrize(
    ("old", "new", "allowance"),
    [
        (b"a = 'x  '\n", b"a = 'x'\n", LAYOUT),
        (b"'''teh'''\n", b"'''the'''\n", LAYOUT),
        (b"teh = 1\n", b"the = 1\n", WORDS),
        (b"a = 'teh'\n", b"a = 'the'\n", WORDS),
        (b"import a\nimport b\n", b"import a\n", IMPORTS),
        (b"import a\nx = 1\n", b"import a\nx = 2\n", IMPORTS),
        (b"a = [1, 2]\n", b"a = [1]\n", LAYOUT),
    ],
)
def test_a_fixer_may_change_no_more_of_a_program_than_its_kind(
    old: bytes, new: bytes, allowance: Allowance
) -> None:
    answer = said("a.py", old, new, allowance)
    assert answer is not None
    assert "more of the program" in answer


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (".flake8", b"[flake8]\nignore = E1\n", b"[flake8]\nignore = E1, F\n"),
        ("words.txt", b"teh\n", b"the\n"),
        ("setup.cfg", b"broken", b"[flake8]\n"),
    ],
)
def test_no_fix_changes_what_a_tool_is_configured_to_find(
    path: str, old: bytes, new: bytes
) -> None:
    assert said(path, old, new, FREE, ".flake8", "words.txt", "setup.cfg") is not None


def test_a_few_aliases_that_stand_for_very_much_are_compared_in_no_time() -> None:
    levels = [b"a0: &a0 [x]"]
    levels += [b"a%d: &a%d [%s]" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9)]
    bomb = b"\n".join(levels) + b"\n"
    assert said("a.yaml", bomb, bomb.replace(b"[x]", b"[x] ")) is None
