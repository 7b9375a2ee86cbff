"""Text sources of the sample corpus and one writer per file format."""
