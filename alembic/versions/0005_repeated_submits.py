"""Under which key of its owner a session was submitted, and what was asked for then.

Revision: 0005, after 0004, 2026-11-25
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_INDEX = "ix_session_principal_idempotency_key"


def upgrade() -> None:
    op.add_column("session", sa.Column("idempotency_key", sa.String(255), nullable=True))
    op.add_column("session", sa.Column("idempotency_digest", sa.String(64), nullable=True))
    op.create_index(_INDEX, "session", ["principal", "idempotency_key"], unique=True)


def downgrade() -> None:
    op.drop_index(_INDEX, "session")
    op.drop_column("session", "idempotency_digest")
    op.drop_column("session", "idempotency_key")
