"""Runs the migrations on the connection that `pipeline_mcp.db.migrate` hands over."""

from __future__ import annotations

from alembic import context

from pipeline_mcp.db.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
