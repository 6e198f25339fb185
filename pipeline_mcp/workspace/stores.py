"""Which blob store the settings ask for."""

from __future__ import annotations

from pipeline_mcp.config.settings import Settings
from pipeline_mcp.workspace.blobs import BlobStore
from pipeline_mcp.workspace.database_store import DatabaseBlobStore
from pipeline_mcp.workspace.local_store import LocalBlobStore


def blob_store(settings: Settings) -> BlobStore:
    """The database where workers on other hosts need the blobs, this host's disk otherwise."""
    if settings.stores_blobs_in_database:
        return DatabaseBlobStore(settings.database)
    return LocalBlobStore(settings.state_dir / "blobs")
