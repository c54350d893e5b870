"""Who owns what, where it may be, what it did, and which models are allowed."""
