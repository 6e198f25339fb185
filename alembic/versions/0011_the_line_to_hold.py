"""The line to hold: a session's baseline, and why a finding is known.

Revision: 0011, after 0009, 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "line",
        sa.Column(
            "session_id",
            sa.String(64),
            sa.ForeignKey("session.id", name="fk_line_session_id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("renames", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_line"),
    )
    op.add_column("finding", sa.Column("known_by", sa.Text()))


def downgrade() -> None:
    op.drop_column("finding", "known_by")
    op.drop_table("line")
