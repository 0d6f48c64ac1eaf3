"""The real services on a virtual clock over the world."""
