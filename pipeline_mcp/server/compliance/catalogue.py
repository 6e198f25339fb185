"""Resources, prompts and methods: what is offered is listed, what is not there is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from mcp.types import INVALID_PARAMS, METHOD_NOT_FOUND

from pipeline_mcp.server.compliance.exchange import Exchange
from pipeline_mcp.server.compliance.verdict import Verdict

_LISTS = {
    "resources": (
        ("resources/list", "resources"),
        ("resources/templates/list", "resourceTemplates"),
    ),
    "prompts": (("prompts/list", "prompts"),),
}
_NOT_A_RESOURCE = "compliance://no/such/resource"
# What the revision of 2025 calls a resource that is not there; that of 2026 has no code of its own.
_RESOURCE_NOT_FOUND = -32002


def connected(exchange: Exchange, wanted: str) -> Iterator[Verdict]:
    """Whether the handshake led to that revision, and the server says who it is."""
    spoken = exchange.revision
    problem = "" if spoken == wanted else f"{wanted} was asked for, and {spoken} is spoken"
    yield Verdict("the handshake leads to the revision", wanted, problem)
    who = exchange.client.server_info
    is_named = who is not None and who.name and who.version
    yield Verdict("the server says who it is", wanted, "" if is_named else "no name or no version")
    has_tools = exchange.offers("tools")
    yield Verdict("the server says that it has tools", wanted, "" if has_tools else "it does not")


async def lists(exchange: Exchange) -> AsyncIterator[Verdict]:
    """List what the server says that it has."""
    for capability, methods in _LISTS.items():
        if not exchange.offers(capability):
            continue
        for method, key in methods:
            answer = await exchange.ask(method)
            is_list = isinstance(answer.result.get(key), list)
            problem = "" if is_list else f"answered with code {answer.code}: {answer.message}"
            yield Verdict(f"{method} is answered", exchange.revision, problem)


async def refusals(exchange: Exchange) -> AsyncIterator[Verdict]:
    """Ask for what is not there."""
    absent: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
        ("compliance/no_such_method", {}, (METHOD_NOT_FOUND,))
    ]
    if exchange.offers("resources"):
        either = (INVALID_PARAMS, _RESOURCE_NOT_FOUND)
        absent.append(("resources/read", {"uri": _NOT_A_RESOURCE}, either))
    if exchange.offers("prompts"):
        absent.append(("prompts/get", {"name": "no_such_prompt"}, (INVALID_PARAMS,)))
    for method, params, codes in absent:
        answer = await exchange.ask(method, params)
        is_right = answer.code in codes
        problem = "" if is_right else f"answered with code {answer.code}, not {codes[0]}"
        advice = f"Answer with the error {codes[0]}: clients tell mistakes apart by it."
        what = "an unknown method" if codes == (METHOD_NOT_FOUND,) else f"an unknown {method}"
        yield Verdict(f"{what} is refused", exchange.revision, problem, advice)
