"""`python -m pipeline_mcp` is `pipeline-mcp`."""

from pipeline_mcp.cli import main

if __name__ == "__main__":
    main()
