"""Where a stage runs: in this process, or as a deployment on a work pool; and how its files get there and back."""
