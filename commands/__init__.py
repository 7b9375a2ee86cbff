"""The commands of `app.py`, each a function from options and settings to the exit status."""
