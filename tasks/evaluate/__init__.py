"""Base and student -> scores, side by side."""
