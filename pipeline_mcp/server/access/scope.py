"""Actions that ask for more than the rest of their tool."""

from __future__ import annotations

from pipeline_mcp.domain.access import AccessScope
from pipeline_mcp.errors import PipelineError
from pipeline_mcp.server.access.principal import current_principal


class ScopeError(PipelineError):
    """The caller has not got the scope that an action asks for."""

    def __init__(self, scope: AccessScope, what: str) -> None:
        super().__init__(
            f"{what} needs the scope {scope}.",
            next_step="Use a token with that scope, or another action.",
        )
        self.scope = scope


def expect_scope(scope: AccessScope, what: str) -> None:
    """Let those pass who have the scope.

    Raises:
        ScopeError: the caller has not.
    """
    if not current_principal().may(scope):
        raise ScopeError(scope, what)
