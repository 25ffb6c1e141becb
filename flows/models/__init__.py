"""Models on this machine: what a name means, where they are downloaded from, how they are served."""
