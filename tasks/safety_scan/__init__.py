"""Row -> findings -> allow, redact, quarantine, drop; duplicates; contamination."""
