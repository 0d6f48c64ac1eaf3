"""One file for each group of commands; each imports what it needs when it runs."""
