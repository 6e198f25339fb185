"""Where the program runs, how it is configured, and what would make it work better."""
