"""The steps that bring the tables up to date; `python -m migrations` takes those that are missing."""
