"""``labflow model``: train a student on a file, examine one."""
