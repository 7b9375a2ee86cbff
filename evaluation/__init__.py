"""Question sets to scores; benchmarks."""
