"""``labflow taxonomy``: look at a taxonomy, write leaf nodes, pin their documents."""
