"""The stack that needs no set-up: Valkey and a worker, started and stopped as needed."""
