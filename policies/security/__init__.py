"""Nothing is open, everything is encrypted with a key of one's own, and nobody may do more than their duty."""
