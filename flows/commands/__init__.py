"""The labflow command's groups, one module or room each."""
