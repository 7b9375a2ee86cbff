"""One reader a format: bytes in, lines out; the lines become the document's text in `paragraphs`."""
