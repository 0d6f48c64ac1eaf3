"""The ports held in memory: for tests and simulations, under the same contracts as the others."""
