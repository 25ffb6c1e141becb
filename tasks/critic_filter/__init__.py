"""Sample -> critique -> kept, or rejected with a reason."""
