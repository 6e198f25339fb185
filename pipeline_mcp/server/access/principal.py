"""Who makes the call that is being answered."""

from __future__ import annotations

from pipeline_mcp.domain.access import LOCAL_PRINCIPAL, Principal


def current_principal() -> Principal:
    """Whoever uses this machine: over stdio and on loopback there is nobody else."""
    return LOCAL_PRINCIPAL
