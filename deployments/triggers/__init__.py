"""What tells the server of a merge: a Git hook, a GitHub workflow, and the event that both post."""
