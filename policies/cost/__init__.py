"""Nothing runs that nobody needs, and what it costs has a limit and an owner."""
