"""``labflow release``: what was released, how two releases differ, and the way back."""
