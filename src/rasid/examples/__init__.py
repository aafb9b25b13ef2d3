"""Worked examples: `python -m rasid.examples.NAME`."""
