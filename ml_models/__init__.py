"""Learned models: features, labels, training, prediction; no Celery, no SQL."""
