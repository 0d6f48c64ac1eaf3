"""What sends the machine's journal to its cloud, so that its words outlive it."""
