"""The three pages of the web app."""
