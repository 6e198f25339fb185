"""The command `pipeline-mcp` and the table of its subcommands."""

from __future__ import annotations

import click

from pipeline_mcp import __version__
from pipeline_mcp.cli.invocation import Invocation
from pipeline_mcp.cli.lazy import LazyCommand, LazyGroup
from pipeline_mcp.cli.logs import log_to_stderr

LAZY_COMMANDS = {
    "run": LazyCommand("pipeline_mcp.cli.run", "Run the whole pipeline."),
    "scan": LazyCommand("pipeline_mcp.cli.run", "Run the scan alone."),
    "hook": LazyCommand("pipeline_mcp.cli.hook", "Run over the files that a commit hook names."),
    "fix": LazyCommand("pipeline_mcp.cli.fix", "Fix what can be fixed, verified by all tools."),
    "apply": LazyCommand("pipeline_mcp.cli.apply", "Bring a session's patch into its workspace."),
    "undo": LazyCommand("pipeline_mcp.cli.apply", "Take back what a session has applied."),
    "integrate": LazyCommand("pipeline_mcp.cli.integrate", "Commit a session's patch on a branch."),
    "status": LazyCommand("pipeline_mcp.cli.sessions", "Show how a session stands."),
    "sessions": LazyCommand("pipeline_mcp.cli.sessions", "List the sessions, newest first."),
    "findings": LazyCommand("pipeline_mcp.cli.sessions", "List the findings of a session."),
    "baseline": LazyCommand("pipeline_mcp.cli.baseline", "Say which findings do not count."),
    "suppress": LazyCommand("pipeline_mcp.cli.suppress", "Let findings not count, for a reason."),
    "cancel": LazyCommand("pipeline_mcp.cli.control", "End a session before its time."),
    "recover": LazyCommand("pipeline_mcp.cli.control", "Continue sessions that were cut off."),
    "serve": LazyCommand("pipeline_mcp.cli.serve", "Serve MCP, over stdio or HTTP."),
    "token": LazyCommand("pipeline_mcp.cli.token", "Look after the tokens of callers over HTTP."),
    "audit": LazyCommand("pipeline_mcp.cli.audit", "Show who did what."),
    "mcp": LazyCommand("pipeline_mcp.cli.mcp", "Tell an MCP client of this server."),
    "up": LazyCommand("pipeline_mcp.cli.stack", "Start the embedded stack and keep it warm."),
    "down": LazyCommand("pipeline_mcp.cli.stack", "Stop the embedded stack."),
    "doctor": LazyCommand("pipeline_mcp.cli.doctor", "Say what is missing and how to get it."),
    "health": LazyCommand("pipeline_mcp.cli.health", "Measure what works at this moment."),
    "environment": LazyCommand("pipeline_mcp.cli.environment", "Say where this runs, and how."),
    "compliance": LazyCommand("pipeline_mcp.cli.compliance", "Check the MCP server's protocol."),
    "trigger": LazyCommand("pipeline_mcp.cli.trigger", "Run a workflow on GitHub."),
    "version": LazyCommand("pipeline_mcp.cli.version", "Check the version, or raise it."),
    "tools": LazyCommand("pipeline_mcp.cli.tools", "List the tools."),
    "config": LazyCommand("pipeline_mcp.cli.config", "Show the configuration, or check it."),
    "db": LazyCommand("pipeline_mcp.cli.db", "Look after the database."),
}

_EPILOG = """\b
Exit codes:
  0    passed
  1    the gate failed: there are findings
  2    wrong usage or configuration, or a service cannot be reached
  3    incomplete: a tool failed or ran out of time, or the session was cancelled
  70   a mistake of this program
  130  interrupted
"""


@click.command(
    cls=LazyGroup,
    lazy=LAZY_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Log everything, and show tracebacks.")
@click.pass_obj
def root(invocation: Invocation, debug: bool) -> None:
    """Run every lint tool over a repository in parallel, and judge what they find."""
    invocation.debug = debug
    log_to_stderr(debug=debug)
