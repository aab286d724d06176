"""Entry point. Worker processes import this module again, so it imports nothing heavy."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from afterpatch.cli import app

    app()


if __name__ == "__main__":
    main()
