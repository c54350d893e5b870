"""Plumbing of one cloud that several capabilities share."""
