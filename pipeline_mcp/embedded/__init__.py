"""The services that this program starts and stops itself: Valkey and a worker."""
