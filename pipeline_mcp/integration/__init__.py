"""A session's patch as a commit on a branch of its own, on a remote, and as a pull request."""
