"""Which class or function a line lies in."""

from __future__ import annotations

from pipeline_mcp.scanning.symbols import enclosing, symbols

CODE = """\
class A:
    def f(self):
        if True:
            def inner():
                return 1
        else:
            pass

    async def g(self):
        try:
            pass
        except ValueError:
            class B:
                x = 1
top = 1
"""


def test_the_innermost_symbol_has_the_line() -> None:
    lines = {line: enclosing(symbols(CODE), line) for line in (1, 2, 3, 5, 7, 9, 11, 14, 15, 99)}
    assert lines == {
        1: "A",
        2: "A.f",
        3: "A.f",
        5: "A.f.inner",
        7: "A.f",
        9: "A.g",
        11: "A.g",
        14: "A.g.B",
        15: "",
        99: "",
    }


def test_what_does_not_parse_has_none() -> None:
    assert symbols("def f(:\n") == ()
    assert symbols("\0") == ()


def test_an_answer_is_the_same_when_it_is_asked_again() -> None:
    assert symbols(CODE) is symbols(CODE)
