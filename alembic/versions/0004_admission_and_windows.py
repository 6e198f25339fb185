"""When a session was let in, and when a unit was given to the broker.

Revision: 0004, after 0003, 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("admitted_at", sa.Float(precision=53), nullable=True))
    op.add_column("unit", sa.Column("sent_at", sa.Float(precision=53), nullable=True))
    # What there is was sent when it was accepted.
    op.execute("UPDATE session SET admitted_at = created_at")


def downgrade() -> None:
    op.drop_column("unit", "sent_at")
    op.drop_column("session", "admitted_at")
