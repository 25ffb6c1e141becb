"""Load, generate and export a checkpoint: what train, evaluate and chat share."""
