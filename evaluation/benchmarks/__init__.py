"""Benchmarks of speed and memory on the machine at hand; each is run as `python -m evaluation.benchmarks.NAME`."""
