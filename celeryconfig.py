"""Celery settings, derived from the settings of the product."""
