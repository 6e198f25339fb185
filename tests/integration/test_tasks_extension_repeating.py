"""A call that is made once more for its task's result tells of its session and starts no other."""

from __future__ import annotations

import anyio
import pytest
from mcp import Client
from sqlalchemy import func, select

from pipeline_mcp.db.engine import reading
from pipeline_mcp.db.tables import session
from pipeline_mcp.domain.task import TaskKind
from pipeline_mcp.server.app import make_server
from pipeline_mcp.server.served import ServedTool
from pipeline_mcp.server.tasks_extension.standing import repeating
from pipeline_mcp.server.tools import SERVED

FOLLOWERS = [tool for tool in SERVED if tool.task and tool.task.kind is TaskKind.SESSION]
SESSION = "pipeline-1-00000000"


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("tool", FOLLOWERS, ids=[tool.name for tool in FOLLOWERS])
def test_every_tool_whose_session_is_a_task_does_so(tool: ServedTool) -> None:
    needed = tool.as_sdk_tool().parameters.get("required", [])

    async def talk() -> str:
        async with Client(make_server(), mode="2026-07-28") as client:
            answer = await client.call_tool(tool.name, dict.fromkeys(needed, SESSION))
            assert answer.is_error
            return str(answer.content[0].text)

    with repeating(SESSION):
        assert f"No session is called '{SESSION}'" in anyio.run(talk)
    with reading() as connection:
        assert connection.execute(select(func.count()).select_from(session)).scalar_one() == 0
