"""File to parsed document, sections and chunks; knows no store."""
