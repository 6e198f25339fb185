"""When blobs, manifests and results were last of use; how often a unit was given back.

Revision: 0003, after 0002, 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("blob", "manifest", "result_cache")


def upgrade() -> None:
    for table in _TABLES:
        used_at = sa.Column("used_at", sa.Float(precision=53), server_default="0", nullable=False)
        op.add_column(table, used_at)
    released = sa.Column("released", sa.Integer(), server_default="0", nullable=False)
    op.add_column("unit", released)


def downgrade() -> None:
    op.drop_column("unit", "released")
    for table in _TABLES:
        op.drop_column(table, "used_at")
