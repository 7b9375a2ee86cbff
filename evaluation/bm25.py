"""The baseline of words alone: plain BM25 over syllables by bm25s, without pairs, restoration or anything of ours."""

from collections.abc import Mapping, Sequence

import bm25s

from core.beir_folder import BeirDocument
from core.text import syllables

# Lucene's and Elasticsearch's defaults.
_K1, _B = 1.2, 0.75


def rank_by_bm25(corpus: Sequence[BeirDocument], questions: Mapping[str, str], *, depth: int) -> dict[str, list[str]]:
    """The `depth` best documents (title and text) of each question, best first."""
    index = bm25s.BM25(k1=_K1, b=_B)
    index.index([syllables(f"{document.title} {document.text}") for document in corpus], show_progress=False)
    places, _scores = index.retrieve(
        [syllables(question) for question in questions.values()], k=min(depth, len(corpus)), show_progress=False
    )
    return {
        question_id: [corpus[place].id for place in row] for question_id, row in zip(questions, places, strict=True)
    }
