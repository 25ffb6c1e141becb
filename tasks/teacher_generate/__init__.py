"""Leaf node -> samples."""
