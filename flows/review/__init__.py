"""A person's word before training and before promotion, and what that person is shown."""
