"""Applications go to the host that has the workspace, like snapshots."""

from __future__ import annotations

import pytest

from pipeline_mcp import canvas
from pipeline_mcp.broker import application


@pytest.mark.parametrize("node", ["here", None])
def test_a_patch_goes_to_the_host_of_its_workspace(node: str | None) -> None:
    app = application()
    alone = canvas.application(app, "a-session", node=node)
    first, last = canvas.integration(app, "a-session", node=node).tasks
    for apply in (alone, first):
        assert (apply.task, apply.args) == ("tasks.apply", ("a-session",))
        assert apply.options.get("queue") == (f"workspace.{node}" if node else None)
    assert last.task == "tasks.cleanup"
    assert app.amqp.router.route({}, "tasks.apply")["queue"].name == "workspace"
