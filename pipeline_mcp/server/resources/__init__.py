"""What of a session a client can read, be told of, and complete the address of."""
