"""Workspaces and their snapshots: walk, blobs, materialise."""
