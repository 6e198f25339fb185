"""Our own checks, run like any other tool: `python -P -m pipeline_mcp.analysers.<name>`."""
