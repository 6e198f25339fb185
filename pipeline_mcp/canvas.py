"""The whole pipeline on one screen: a session's stages as Celery signatures, by task name.

    snapshot ── plan ──┬── lint.ruff  (shard 1) ──┐
                       ├── lint.ruff  (shard 2) ──┤
                       ├── lint.mypy  (program) ──┼── scan ── cleanup
                       └── …                    ──┘

`plan` replaces itself with the chord in the middle once it knows the units. The chord begins with
a window of them, and each that ends brings the next, so that sessions take turns. Every task takes
the session's id, looks the rest up in the database, and may be sent again at any time: what is
done is answered from its rows. So to recover a session is to send its pipeline once more.

A session that fixes goes through `fix` before its cleanup, which becomes as often as need be

    validate ──┬── lint.… ──┐
               └── …      ──┴── scan ── fix

where `validate` is to a candidate what `plan` is to the workspace's snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from celery import Celery, chain, chord
from celery.canvas import Signature

from pipeline_mcp.domain.queue import workspace_queue
from pipeline_mcp.tools.registry import TOOLS

_URGENT = 0


def pipeline(
    app: Celery, session_id: str, *, priority: int, node: str | None = None, fixes: bool = False
) -> Signature[Any]:
    """The chain of a session, from its snapshot to its last word.

    `node` is the host on which the snapshot has to be taken; None lets any worker take it.
    `fixes` says that it fixes.
    """
    snapshot = _stage(app, "snapshot", session_id, priority)
    if node is not None:
        snapshot.set(queue=workspace_queue(node))
    return chain(
        snapshot,
        _stage(app, "plan", session_id, priority),
        *([_stage(app, "fix", session_id, priority)] if fixes else []),
        _stage(app, "cleanup", session_id, priority),
        app=app,
    )


def fixes(app: Celery, session_id: str, *, priority: int) -> Signature[Any]:
    """What is left of a session whose last scan is closed: its fixes, and its last word."""
    stages = ("fix", "cleanup")
    return chain(*(_stage(app, stage, session_id, priority) for stage in stages), app=app)


def verification(app: Celery, session_id: str, *, priority: int) -> Signature[Any]:
    """The scan of a candidate, and whatever its verdict leads to."""
    stages = ("validate", "fix")
    return chain(*(_stage(app, stage, session_id, priority) for stage in stages), app=app)


def application(app: Celery, session_id: str, *, node: str | None) -> Signature[Any]:
    """Bring the session's patch into its workspace, or take it back; `node` as in `pipeline`."""
    # Somebody waits for it.
    apply = _stage(app, "apply", session_id, _URGENT)
    return apply if node is None else apply.set(queue=workspace_queue(node))


def integration(app: Celery, session_id: str, *, node: str | None) -> Signature[Any]:
    """The patch of a session that applies by itself goes into the workspace, before its end."""
    cleanup = _stage(app, "cleanup", session_id, _URGENT)
    return chain(application(app, session_id, node=node), cleanup, app=app)


def delivery(app: Celery, session_id: str, *, node: str | None) -> Signature[Any]:
    """Commit the session's patch, push it and propose it; `node` as in `pipeline`."""
    integrate = _stage(app, "integrate", session_id, _URGENT)
    return integrate if node is None else integrate.set(queue=workspace_queue(node))


def scan(
    app: Celery,
    session_id: str,
    units: Sequence[tuple[str, str]],
    *,
    priority: int,
    sequential: bool = False,
) -> Signature[Any]:
    """The units `(key, tool)`, side by side or one after the other, and the close of the scan."""
    lints = [lint(app, tool, session_id, key, priority) for key, tool in units]
    close = _stage(app, "scan", session_id, priority)
    if not lints:
        return close
    if sequential:
        return chain(*lints, close, app=app)
    return chord(lints, close, app=app)


def lint(app: Celery, tool: str, session_id: str, key: str, priority: int) -> Signature[Any]:
    """One unit, by itself: whoever finds all of them done closes the scan."""
    # A tool that a user defines has no task of its own name in the workers.
    name = f"tasks.lint.{tool if tool in TOOLS else 'custom'}"
    return app.signature(name, args=(session_id, key), immutable=True, priority=priority)


def _stage(app: Celery, stage: str, session_id: str, priority: int) -> Signature[Any]:
    name = f"tasks.{stage}"
    return app.signature(name, args=(session_id,), immutable=True, priority=priority)
