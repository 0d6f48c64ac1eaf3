"""A programmable model of ClearML, with an HTTP face for the real agent and the real SDK."""
