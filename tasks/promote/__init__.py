"""Report -> release, or refusal with the reason."""
