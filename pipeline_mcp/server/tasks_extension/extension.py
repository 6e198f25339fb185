"""The Tasks extension, `io.modelcontextprotocol/tasks`: long calls answered with a handle."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio.to_thread
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.server.mcpserver import MCPServer, require_client_extension
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import MCP_NAME_HEADER, decode_header_value
from mcp.types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    InputRequiredResult,
)
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from pipeline_mcp.domain.task import Call, Task, TaskKind, TaskStatus
from pipeline_mcp.errors import UnknownTaskError
from pipeline_mcp.server.access.principal import current_principal
from pipeline_mcp.server.tasks_extension import ledger
from pipeline_mcp.server.tasks_extension.calling import call_tool, dumped
from pipeline_mcp.server.tasks_extension.detached import detached
from pipeline_mcp.server.tasks_extension.rounds import Rounds
from pipeline_mcp.server.tasks_extension.standing import repeating
from pipeline_mcp.server.tasks_extension.support import TaskSupport
from pipeline_mcp.server.tasks_extension.wire import (
    IDENTIFIER,
    TaskParams,
    UpdateTaskParams,
    created,
    detailed,
    expect_answers,
)

_VERSIONS = frozenset(MODERN_PROTOCOL_VERSIONS)
