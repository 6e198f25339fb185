"""Wrong arguments are refused with a sentence each that says what to send instead."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from mcp import Client

from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.arguments import MOST_CHARACTERS


def refused(tool: str, arguments: dict[str, Any]) -> str:
    """The text of the error with which the call is answered."""

    async def call() -> Any:
        async with Client(make_server()) as client:
            return await client.call_tool(tool, arguments)

    answer = anyio.run(call)
    assert answer.is_error
    assert answer.structured_content is None
    return str(answer.content[0].text)


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        (
            "pipeline_run_full",
            {"max_cycles": 99},
            "max_cycles cannot be 99: send a whole number from 1 to 10, for example 3.",
        ),
        (
            "pipeline_run_full",
            {"max_cycles": "many"},
            'max_cycles cannot be "many": send a whole number from 1 to 10, for example 3.',
        ),
        (
            "pipeline_run_full",
            {"max_cycles": True},
            "max_cycles cannot be true: send a whole number from 1 to 10, for example 3.",
        ),
        (
            "pipeline_run_full",
            {"max_cycles": 1.5},
            "max_cycles cannot be 1.5: send a whole number from 1 to 10, for example 3.",
        ),
        (
            "pipeline_run_full",
            {"max_cycles": None},
            "max_cycles cannot be null: send a whole number from 1 to 10, for example 3.",
        ),
        (
            "pipeline_run_full",
            {"break_on_no_issues": "perhaps"},
            'break_on_no_issues cannot be "perhaps": send true or false, for example true.',
        ),
        (
            "version_keeper_scan",
            {"output_format": "xml"},
            'output_format cannot be "xml": send one of json, text, for example "json".',
        ),
        (
            "version_keeper_scan",
            {"target_files": ["a.py", 5]},
            "target_files[1] cannot be 5: send a text.",
        ),
        (
            "pipeline_run_full",
            {"options": {"tools": ["ruff", 5]}},
            "options.tools[1] cannot be 5: send a text.",
        ),
        (
            "pipeline_run_full",
            {"options": {"profile": "slow"}},
            'options.profile cannot be "slow": send one of fast, standard, full.',
        ),
        (
            "pipeline_run_full",
            {"options": {"tool": ["ruff"]}},
            "tool is no parameter of options. Did you mean tools? It takes: tools, skip_tools, "
            "profile, files, fail_on, priority, use_cache, sequential.",
        ),
        (
            "session_cancel",
            {},
            'session_id is missing: send a text, for example "pipeline-1795557824-cb0e7258".',
        ),
        (
            "session_cancel",
            {"session": "x", "session_id": "y"},
            "session is no parameter of session_cancel. Did you mean session_id? "
            "It takes: session_id.",
        ),
    ],
)
def test_it_says_what_to_send(tool: str, arguments: dict[str, Any], said: str) -> None:
    assert refused(tool, arguments) == said


def test_every_wrong_argument_has_a_line() -> None:
    said = refused("pipeline_run_full", {"max_cycles": 0, "wait_seconds": -1, "workspace": 7})
    assert [line.split()[0] for line in said.splitlines()] == [
        "max_cycles",
        "workspace",
        "wait_seconds",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"workspace": "x" * 5_000},
            f"workspace has 5,000 characters: send at most {MOST_CHARACTERS:,}",
        ),
        ({"workspace": "a\0b"}, "workspace has a NUL or half a character in it"),
        ({"target_files": ["a"] * 1_001}, "target_files has 1,001 items: send at most 1,000."),
        ({"target_files": ["a", "\0"]}, "target_files[1] has a NUL"),
        ({"target_files": ["x" * 5_000]}, "target_files[0] has 5,000 characters"),
        ({"\x1b[31m" + "x" * 500: 1}, "␛[31mxxx"),
    ],
)
def test_too_much_is_refused_whatever_it_means(arguments: dict[str, Any], said: str) -> None:
    answer = refused("version_keeper_scan", arguments)
    assert said in answer
    assert len(answer) < 500


def test_a_long_wrong_value_is_not_said_back_in_full() -> None:
    said = refused("pipeline_run_full", {"max_cycles": "9" * 4_000})
    assert len(said) < 200


def test_what_clients_send_as_json_in_a_text_is_understood() -> None:
    said = refused("version_keeper_scan", {"target_files": json.dumps(["a.py", 5])})
    assert said.startswith("target_files[1] cannot be 5")
