"""Offline plan: the program runs in this process, and what the engine would receive is written down."""
