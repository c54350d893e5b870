"""Finds and drives the real Pulumi engine: its CLI, a Python language host, and stack operations."""
