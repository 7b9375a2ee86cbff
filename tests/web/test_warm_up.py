import time

from core.settings import load_settings
from tests.web.conftest import free_port
from web.application import open_application
from web.warm_up import Readiness, WarmUp


def settled(warm_up: WarmUp) -> Readiness:
    deadline = time.monotonic() + 60
    while warm_up.state is Readiness.LOADING and time.monotonic() < deadline:
        time.sleep(0.05)
    return warm_up.state


def test_model_that_cannot_be_reached_is_told_and_the_page_stays_up(tmp_path):
    settings = load_settings(
        data_dir=tmp_path, embedding_model="xa", embedding_base_url=f"http://127.0.0.1:{free_port()}/v1"
    )
    with open_application(settings) as application:
        warm_up = WarmUp(application)
        assert warm_up.state is Readiness.LOADING
        warm_up.start()
        assert settled(warm_up) is Readiness.FAILED
        assert warm_up.problem


def test_search_by_words_is_ready_without_a_model(tmp_path):
    with open_application(load_settings(data_dir=tmp_path, embedding_model="none")) as application:
        warm_up = WarmUp(application)
        warm_up.start()
        assert settled(warm_up) is Readiness.READY
        assert warm_up.problem == ""
