"""Embedders of every kind behind one object."""

import json
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from core.errors import ConfigurationError, ModelUnavailableError
from core.settings import Settings
from retrieval.bundled_model import find_bundled_weights, unpack_bundled_model
from retrieval.embeddings import (
    BundledEmbedder,
    EndpointEmbedder,
    SentenceTransformerEmbedder,
    estimate_tokens,
    model_notice,
    open_embedder,
    open_token_counter,
)
from tests.retrieval.conftest import free_port
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN

LINES = [*TRAINING_PLAN.split("\n"), *DATA_RULES.split("\n")]


def test_order_and_batches_do_not_change_vectors(bundled_embedder: BundledEmbedder) -> None:
    texts = [line * (1 + ordinal % 3) for ordinal, line in enumerate(LINES * 3)]
    bundled_embedder.prepare_bulk()
    together = np.array(bundled_embedder.embed_documents(texts))
    alone = np.array([bundled_embedder.embed_documents([text])[0] for text in texts[:6]])
    assert np.allclose(together[:6], alone, atol=1e-4)
    backwards = np.array(bundled_embedder.embed_documents(texts[::-1]))
    assert np.allclose(together[::-1], backwards, atol=1e-4)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-4)


def test_a_question_lies_nearest_to_what_answers_it(bundled_embedder: BundledEmbedder) -> None:
    passages = np.array(bundled_embedder.embed_documents(LINES))
    question = np.array(bundled_embedder.embed_query("Tiền tổ chức lớp học lấy ở đâu?"))
    assert int(np.argmax(passages @ question)) == 1


def test_threads_get_the_vectors_of_their_own_text(bundled_embedder: BundledEmbedder) -> None:
    expected = [bundled_embedder.embed_query(line) for line in LINES]
    with ThreadPoolExecutor(8) as pool:
        bundled_embedder.prepare_bulk()
        bulk = pool.submit(bundled_embedder.embed_documents, LINES * 2)
        assert list(pool.map(bundled_embedder.embed_query, LINES * 2)) == expected * 2
        assert np.allclose(bulk.result()[:5], bundled_embedder.embed_documents(LINES), atol=1e-4)


@pytest.mark.parametrize("text", ["", "\0\0", "a\0b", "\ud800 lone surrogate", "x" * 20_000, "từ " * 20_000])
def test_any_text_has_a_unit_vector(bundled_embedder: BundledEmbedder, text: str) -> None:
    for vector in (bundled_embedder.embed_query(text), bundled_embedder.embed_documents([text])[0]):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_the_engine_of_questions_leaves_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    for before in (None, "active"):
        with monkeypatch.context() as patch:
            patch.delenv("OMP_WAIT_POLICY", raising=False)
            if before:
                patch.setenv("OMP_WAIT_POLICY", before)
            BundledEmbedder(weights, Path("unused")).embed_query("kinh phí")
            assert os.environ.get("OMP_WAIT_POLICY") == before


def test_nothing_embedded_is_nothing(bundled_embedder: BundledEmbedder) -> None:
    assert bundled_embedder.embed_documents([]) == bundled_embedder.count_tokens([]) == []


def test_an_estimate_of_tokens_is_seldom_too_low(bundled_embedder: BundledEmbedder) -> None:
    estimated, counted = sum(estimate_tokens(LINES)), sum(bundled_embedder.count_tokens(LINES))
    assert counted <= estimated <= 2 * counted


def test_the_unpacked_folder_works_as_any_sentence_transformers_model(tmp_path: Path) -> None:
    """A model by folder name: it embeds as the bundled one does when given the same prefixes."""
    weights = find_bundled_weights()
    assert weights is not None
    folder = unpack_bundled_model(weights, tmp_path)
    own = SentenceTransformerEmbedder(str(folder), query_prefix="query: ", passage_prefix="passage: ")
    bundled = BundledEmbedder(weights, tmp_path)
    assert own.dimension == bundled.dimension == 384
    assert np.dot(own.embed_query(LINES[0]), bundled.embed_query(LINES[0])) > 0.999
    assert own.count_tokens(LINES) == bundled.count_tokens(LINES)
    bundled.prepare_bulk()
    assert np.allclose(own.embed_documents(LINES), bundled.embed_documents(LINES), atol=1e-5)
    assert own.fingerprint != SentenceTransformerEmbedder(str(folder)).fingerprint


# What settings ask for


def test_settings_choose_the_embedder(settings: Settings) -> None:
    assert isinstance(open_embedder(settings), BundledEmbedder)
    assert open_embedder(settings.model_copy(update={"embedding_model": "none"})) is None
    named = open_embedder(settings.model_copy(update={"embedding_model": "BAAI/bge-m3"}))
    assert isinstance(named, SentenceTransformerEmbedder) and named.fingerprint == "BAAI/bge-m3"


def test_an_endpoint_needs_a_model_name(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="EMBEDDING_MODEL"):
        open_embedder(settings.model_copy(update={"embedding_base_url": "http://127.0.0.1:1/v1"}))


def test_going_without_a_model_is_told(settings: Settings) -> None:
    without = settings.model_copy(update={"embedding_model": "none"})
    assert "tìm theo từ" in model_notice(without)
    assert model_notice(settings) == ""
    assert open_token_counter(without)(LINES) == estimate_tokens(LINES)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty-model").mkdir()
    embedder = SentenceTransformerEmbedder(str(tmp_path / "empty-model"))
    with pytest.raises(ModelUnavailableError, match="empty-model"):
        embedder.embed_query("kinh phí")


# Endpoints


class EmbeddingService(ThreadingHTTPServer):
    """Speaks OpenAI's protocol; the vector of a text is its length and its first character."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.mode = "answers"
        self.asked: list[dict[str, object]] = []
        self.authorisation: str | None = None
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddingService

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(request)
        self.server.authorisation = self.headers["Authorization"]
        if self.server.mode == "hangs":
            self.server.released.wait(30)
            return
        vectors = [[float(len(text)), float(ord(text[0]))] for text in request["input"]]
        if self.server.mode == "loses some":
            vectors = vectors[:-1]
        data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        answer = {"object": "list", "model": request["model"], "data": data, "usage": {}}
        status = 500 if self.server.mode == "fails" else 200
        body = b"<html>no json</html>" if self.server.mode == "babbles" else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def service() -> Iterator[EmbeddingService]:
    service = EmbeddingService()
    thread = threading.Thread(target=service.serve_forever)
    thread.start()
    yield service
    service.released.set()
    service.shutdown()
    thread.join()
    service.server_close()


def endpoint(settings: Settings, url: str) -> EndpointEmbedder:
    asked = {
        "embedding_base_url": url,
        "embedding_model": "vn-embedder",
        "embedding_api_key": SecretStr("secret"),
        "embedding_query_prefix": "hỏi: ",
        "embedding_batch_size": 2,
    }
    return EndpointEmbedder(settings.model_copy(update=asked), timeout_s=1)


def test_an_endpoint_gets_texts_in_batches_and_gives_vectors_in_order(
    settings: Settings, service: EmbeddingService
) -> None:
    embedder = endpoint(settings, service.url)
    assert embedder.embed_documents(LINES) == [[len(line), ord(line[0])] for line in LINES]
    assert [len(request["input"]) for request in service.asked] == [2, 2, 1]  # type: ignore[arg-type]
    assert embedder.embed_query("ai?") == [len("hỏi: ai?"), ord("h")]
    assert embedder.dimension == 2
    assert service.authorisation == "Bearer secret"


@pytest.mark.parametrize("mode", ["fails", "hangs", "babbles", "loses some"])
def test_an_endpoint_that_misbehaves_is_named(settings: Settings, service: EmbeddingService, mode: str) -> None:
    service.mode = mode
    with pytest.raises(ModelUnavailableError, match=service.url) as raised:
        endpoint(settings, service.url).embed_documents(LINES[:2])
    assert "secret" not in str(raised.value) and LINES[0] not in str(raised.value)


def test_an_endpoint_that_is_down_is_named(settings: Settings) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ModelUnavailableError, match=url):
        endpoint(settings, url).embed_query("kinh phí")
