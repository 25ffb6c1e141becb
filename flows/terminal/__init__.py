"""What a run shows in a terminal: progress, and the table at its end."""
