"""`autoscaler up`, seen from the outside: what is told, and how it is stopped."""
