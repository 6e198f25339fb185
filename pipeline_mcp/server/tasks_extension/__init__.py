"""The protocol's Tasks extension, over our sessions."""
