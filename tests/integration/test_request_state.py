"""What one server seals for a client, another server of the same database can open."""

from __future__ import annotations

import subprocess
import sys

import pytest
from fixtures.state import read_settings_anew
from mcp.server.request_state import InvalidRequestState

from pipeline_mcp.server.request_state import request_state_security

_SEAL = """
from pipeline_mcp.server.request_state import request_state_security
print(request_state_security().codec.seal(b"which question"))
"""
KEY = "k" * 32


def sealed_elsewhere() -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _SEAL], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.usefixtures("database")
def test_two_processes_of_a_database_share_a_key_that_nobody_set() -> None:
    one, two = sealed_elsewhere(), sealed_elsewhere()
    assert one != two
    opened = request_state_security().codec
    assert (opened.unseal(one), opened.unseal(two)) == (b"which question", b"which question")


@pytest.mark.usefixtures("database")
def test_a_key_of_the_settings_counts_before_the_shared_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared = sealed_elsewhere()
    monkeypatch.setenv("PIPELINE_REQUEST_STATE_KEY", KEY)
    read_settings_anew()
    codec = request_state_security().codec
    assert codec.unseal(sealed_elsewhere()) == b"which question"
    with pytest.raises(InvalidRequestState):
        codec.unseal(shared)
