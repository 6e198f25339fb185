"""The snapshots that fixes make, the steps that made them, and the patch that comes of them.

Revision: 0008, after 0007, 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    good = sa.Column("good_cycle", sa.Integer(), nullable=False, server_default="1")
    op.add_column("session", good)
    _create_candidate()
    _create_fix_step()
    _create_patch()


def _create_candidate() -> None:
    op.create_table(
        "candidate",
        _session_key("candidate"),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("base_cycle", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.String(64), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("verdict", sa.String(16)),
        sa.Column("detail", sa.JSON()),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("judged_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("session_id", "cycle", name="pk_candidate"),
    )
    op.create_index("ix_candidate_snapshot_id", "candidate", ["snapshot_id"])


def _create_fix_step() -> None:
    op.create_table(
        "fix_step",
        _session_key("fix_step"),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("fixer", sa.String(64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("step", sa.JSON(), nullable=False),
        sa.Column("old_sha256", sa.String(64)),
        sa.Column("new_sha256", sa.String(64)),
        sa.PrimaryKeyConstraint("session_id", "round", "number", name="pk_fix_step"),
    )


def _create_patch() -> None:
    op.create_table(
        "patch",
        _session_key("patch"),
        sa.Column("base_snapshot_id", sa.String(64), nullable=False),
        sa.Column("snapshot_id", sa.String(64), nullable=False),
        sa.Column("fixed", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("diff", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_patch"),
    )
    op.create_index("ix_patch_snapshot_id", "patch", ["snapshot_id"])


def _session_key(table: str) -> sa.Column[str]:
    name = f"fk_{table}_session_id"
    key = sa.ForeignKey("session.id", name=name, ondelete="CASCADE")
    return sa.Column("session_id", sa.String(64), key, nullable=False)


def downgrade() -> None:
    op.drop_table("patch")
    op.drop_table("fix_step")
    op.drop_table("candidate")
    op.drop_column("session", "good_cycle")
