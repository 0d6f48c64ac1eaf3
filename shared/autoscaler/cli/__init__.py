"""The command line `autoscaler`."""


def main() -> None:
    """Run the command that the arguments name, and exit with its code."""
    from autoscaler.cli.app import app

    app()
