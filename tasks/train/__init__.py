"""Samples -> checkpoint."""
