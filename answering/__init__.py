"""Extractive and model-written answers, proven against the passages they cite."""
