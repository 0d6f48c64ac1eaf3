"""What a host needs when it is one computer: a file, a topic in the process, its own clock."""
