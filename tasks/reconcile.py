"""Reconcile when an operator asks for it: `celery -A tasks call tasks.reconcile`."""

from __future__ import annotations

from dataclasses import asdict

from pipeline_mcp.sessions.reconcile import reconcile as reconcile_now
from tasks.app import app


@app.task(name="tasks.reconcile")
def reconcile() -> dict[str, int]:
    """Continue whatever nobody continues; gives the counts of `sessions.reconcile.Reconciled`."""
    return asdict(reconcile_now())
