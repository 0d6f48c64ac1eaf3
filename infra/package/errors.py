"""Why nothing was built."""


class PackagingError(Exception):
    """Nothing was built; the message says why, and what to do."""
