"""Settings profiles: one YAML file each, the same keys as ``schemas/settings.py``."""
