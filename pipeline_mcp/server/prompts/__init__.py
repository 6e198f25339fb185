"""What a client's user can ask an agent for, with the facts of a session in it."""
