"""Whether this server keeps to the protocol, found out by talking to it."""
