"""Writes the sample corpus from its text sources: `python -m scripts.build_corpus [FOLDER]`.

The same sources give the same bytes at every run. The formats need python-docx and fpdf2 (requirements-dev.txt); the
fonts that the PDF files embed lie beside the sources.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from scripts.sample_corpus.docx_writer import write_docx
from scripts.sample_corpus.markup_writers import write_html, write_markdown
from scripts.sample_corpus.pdf_writer import write_pdf
from scripts.sample_corpus.source import SampleDocument, read_source

SOURCES = Path(__file__).parent / "sample_corpus" / "sources"
CORPUS = Path(__file__).parent.parent / "corpus"

_WRITERS: dict[str, Callable[[SampleDocument], bytes]] = {
    ".docx": write_docx,
    ".html": write_html,
    ".md": write_markdown,
    ".pdf": write_pdf,
}


def build(folder: Path) -> list[Path]:
    """Writes every sample document into `folder`, which must exist; returns the files in order of name."""
    written = []
    for source in sorted(SOURCES.glob("*.txt")):
        document = read_source(source)
        target = folder / document.file_name
        target.write_bytes(_WRITERS[target.suffix](document))
        written.append(target)
    return written


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the sample corpus from its text sources.")
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS, help="where to write (default: corpus/)")
    build(parser.parse_args().folder)
