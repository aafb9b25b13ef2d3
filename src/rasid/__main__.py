"""Runs the command line as `python -m rasid`."""

from rasid.cli import app

if __name__ == "__main__":
    app(prog_name="rasid")
