"""What a requirements file pins, and what it asks for without a version."""

from __future__ import annotations

from pipeline_mcp.tools.requirements import Requirement, read_requirements


def test_pins_are_normalised_and_know_their_line() -> None:
    source = (
        "# comment\r\n"
        "requests==2.0.0 \\\r\n"
        "    --hash=sha256:abc \\\r\n"
        "    --hash=sha256:def  # why\r\n"
        "\r\n"
        "Zope.Interface[a, b] == 5.0 ; python_version < '4'\r\n"
        "odd===v1.0-rc1"
    )
    assert list(read_requirements(source)) == [
        Requirement(2, "requests==2.0.0", "requests", "2.0.0"),
        Requirement(
            6, "Zope.Interface[a, b] == 5.0 ; python_version < '4'", "zope-interface", "5.0"
        ),
        Requirement(7, "odd===v1.0-rc1", "odd", "1.0rc1"),
    ]


def test_everything_else_is_no_pin() -> None:
    lines = ["flask>=1", "x==1.*", "a==1,!=2", "foo @ https://x/y", "-e .", "./local", "%&!", "six"]
    found = list(read_requirements("\n".join(lines)))
    assert [(item.text, item.name) for item in found] == [(line, "") for line in lines]


def test_options_of_the_installer_ask_for_nothing_and_includes_are_named() -> None:
    source = (
        "--index-url https://x\n-c limits.txt\n--require-hashes\n-r more.txt\n--requirement=a b\n"
    )
    assert [(item.line, item.included) for item in read_requirements(source)] == [
        (4, "more.txt"),
        (5, "a b"),
    ]


def test_an_empty_file_and_an_open_continuation() -> None:
    assert list(read_requirements("")) == []
    assert list(read_requirements("six==1.0 \\")) == [Requirement(1, "six==1.0", "six", "1.0")]
