"""What of the pipeline works at this moment, by measurement."""
