"""``labflow chat``: a conversation with a student, in a terminal."""
