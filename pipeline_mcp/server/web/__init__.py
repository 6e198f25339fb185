"""The HTTP application around the protocol."""
