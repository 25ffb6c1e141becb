"""``labflow data``: look at samples, make them, export them, clear away what nobody uses."""
