"""The address of the broker in another library's words, and what is published."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pipeline_mcp.announcer import ANY, client_address, message, read_message


@pytest.mark.parametrize(
    ("broker_url", "address"),
    [
        ("redis://:secret@host:6380/2", "redis://:secret@host:6380/2"),
        ("redis+socket:///run/valkey.sock", "unix:///run/valkey.sock"),
        ("redis+socket:///run/valkey.sock?virtual_host=3", "unix:///run/valkey.sock"),
        (
            "rediss://host/0?ssl_cert_reqs=CERT_REQUIRED&ssl_ca_certs=/ca.pem",
            "rediss://host/0?ssl_cert_reqs=required&ssl_ca_certs=%2Fca.pem",
        ),
        ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
    ],
)
def test_the_brokers_address_is_given_as_the_client_takes_it(broker_url: str, address: str) -> None:
    assert client_address(broker_url) == address


def test_a_message_carries_the_ids() -> None:
    assert read_message(message({"pipeline-2", "pipeline-1"})) == {"pipeline-1", "pipeline-2"}


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", None])
def test_what_is_no_message_stands_for_any_session(data: bytes | None) -> None:
    assert read_message(data) == {ANY}


def test_a_process_that_ends_at_once_ends_without_a_word() -> None:
    """What is new when the process ends is said by a thread that can import nothing any more."""
    script = (
        "import sys; from pipeline_mcp.announcer import announce; "
        "sys.setswitchinterval(60); announce(['pipeline-1'])"
    )
    environment = {**os.environ, "PIPELINE_BROKER_URL": "redis://127.0.0.1:1/0"}
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
