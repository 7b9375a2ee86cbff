"""Adapting the bundled embedding model to the library's own texts."""
