"""``deployments/`` on a Prefect server: read, checked, compared with what the server has, applied."""
