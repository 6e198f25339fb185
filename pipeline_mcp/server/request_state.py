"""How a client carries the state of a question, sealed, to whichever server gets the answer.

In the protocol of 2026-07-28 a server that asks back keeps nothing: the client brings the state
along. Every server of a database must be able to read what another one has sealed.
"""

from __future__ import annotations

import functools

from mcp.server.request_state import AESGCMRequestStateCodec, RequestStateSecurity

from pipeline_mcp.config.settings import settings
from pipeline_mcp.db import shared_keys
from pipeline_mcp.db.engine import transaction

_NAME = "request-state"
# Of all servers the same, or they would refuse each other's states.
_AUDIENCE = "pipeline-mcp"


def request_state_security() -> RequestStateSecurity:
    """The policy; its key is looked up when the first question is asked."""
    return RequestStateSecurity(codec=_SharedCodec(), audience=_AUDIENCE)


class _SharedCodec:
    """Seals with the key of the settings, or with the one in the database."""

    def seal(self, payload: bytes) -> str:
        """A token that a client can neither read nor change."""
        return self._codec.seal(payload)

    def unseal(self, token: str) -> bytes:
        """The inverse of `seal`.

        Raises:
            InvalidRequestState: it was not sealed with this key.
        """
        return self._codec.unseal(token)

    @functools.cached_property
    def _codec(self) -> AESGCMRequestStateCodec:
        return AESGCMRequestStateCodec([_key()])


def _key() -> str:
    given = settings().request_state_key
    if given is not None:
        return given.get_secret_value()
    with transaction() as connection:
        return shared_keys.key_of(connection, _NAME)
