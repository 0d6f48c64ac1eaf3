"""What runs on a machine: the guard, one file that needs only the standard library."""
