"""Composition roots, one per host: which adapter fills which port."""
