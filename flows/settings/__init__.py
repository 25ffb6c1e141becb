"""Settings: from profile, file, environment and --set; written with every value explained; taken over from InstructLab."""
