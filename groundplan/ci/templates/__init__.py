"""Texts that are filled in: the comment, and what runs the command in CI."""
