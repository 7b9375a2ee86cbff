"""Composition root, accounts and the Gradio pages."""
