"""Embeddings, catalogue, word index, vectors and the hybrid retriever."""
