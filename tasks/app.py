"""The Celery app of the workers: its tasks, and what happens when a worker starts and stops."""

from __future__ import annotations

import warnings

from celery import Celery
from celery.platforms import SecurityWarning

from pipeline_mcp.broker import InstalledLoader
from tasks.maintenance import Maintenance
from tasks.presence import Presence
from tasks.reconciler import Reconciler
from tasks.sweeper import Sweeper

# Running as root in a container is the operator's decision; Celery need not repeat it.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery(
    "tasks",
    loader=InstalledLoader,
    include=[
        "tasks.snapshot",
        "tasks.plan",
        "tasks.lint",
        "tasks.scan",
        "tasks.fix",
        "tasks.validate",
        "tasks.cleanup",
        "tasks.apply",
        "tasks.integrate",
        "tasks.reconcile",
        "tasks.ending",
    ],
)
app.config_from_object("celeryconfig")
app.steps["worker"].update((Presence, Reconciler, Maintenance, Sweeper))
