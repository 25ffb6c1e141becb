"""Where and when it runs: settings profiles, Prefect deployments."""
