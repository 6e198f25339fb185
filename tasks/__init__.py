"""What runs in a worker: `celery -A tasks worker`."""

from tasks.app import app

__all__ = ["app"]
