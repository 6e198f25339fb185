"""Celery's settings, derived from the settings of the product."""

from __future__ import annotations

import kombu

from pipeline_mcp.config.settings import settings
from pipeline_mcp.domain.queue import Queue, workspace_queue

_settings = settings()

broker_url = _settings.broker
result_backend = _settings.broker

# JSON only: nothing that comes from the broker can make a worker run code.
accept_content = ["json"]
task_serializer = "json"
result_serializer = "json"
result_accept_content = ["json"]

# A task is acknowledged when it has ended; a worker that dies gives it back.
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1

# The database's leases drive recovery, so the broker's own time limit stays out of the way.
broker_transport_options = {
    "visibility_timeout": _settings.visibility_timeout_seconds,
    "priority_steps": list(range(10)),
    "queue_order_strategy": "priority",
    # Many commands hit a Valkey that is only just starting.
    "socket_connect_timeout": _settings.connect_timeout_seconds,
}
result_backend_transport_options = {"global_keyprefix": "pipeline-"}
result_expires = _settings.result_expires_seconds
broker_connection_retry_on_startup = True

# 0 is the most urgent, 9 the least.
task_queue_max_priority = 9
task_default_priority = 5
task_default_queue = Queue.MAINTENANCE.value
# A worker asks them in this order, within a priority: priorities go before queues.
_names = [
    Queue.MAINTENANCE,
    Queue.WORKSPACE,
    workspace_queue(_settings.node),
    Queue.FIX,
    Queue.LINT,
]
task_queues = [
    kombu.Queue(str(name), kombu.Exchange(str(name)), routing_key=str(name)) for name in _names
]
task_routes = {
    "tasks.snapshot": {"queue": Queue.WORKSPACE.value},
    "tasks.apply": {"queue": Queue.WORKSPACE.value},
    "tasks.lint.*": {"queue": Queue.LINT.value},
    "tasks.fix": {"queue": Queue.FIX.value},
    "tasks.*": {"queue": Queue.MAINTENANCE.value},
}

# Tools run as processes of their own, so threads are enough and take half the memory.
worker_pool = "threads"
worker_concurrency = _settings.concurrency
worker_consumer = "tasks.consumer:Consumer"
worker_hijack_root_logger = False
worker_send_task_events = True
task_send_sent_event = True
task_track_started = True
timezone = "UTC"
