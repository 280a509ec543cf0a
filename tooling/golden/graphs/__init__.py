"""Whole graphs as cases; each module has cases(), a generator of GraphCase."""
