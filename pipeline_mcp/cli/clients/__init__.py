"""How MCP clients are told of this server: their files, and how to change them with care."""
