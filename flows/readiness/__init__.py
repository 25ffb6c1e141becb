"""What must be there before a GPU is taken, and which doors must be closed."""
