"""One folder per service or kind of host; no adapter knows another."""
