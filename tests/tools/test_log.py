"""No content reaches a log line, ours or a library's."""

import logging

import pytest
import structlog

from tools import log


@pytest.fixture(autouse=True)
def _restore() -> object:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    structlog.reset_defaults()


def test_ids_and_counts_are_logged_and_text_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")

    structlog.get_logger().info("lead:score", lead="L-12ab", points=41.5, text="Martha Quillfeather called", mail="martha@example.net")

    line = capsys.readouterr().err
    assert "lead=L-12ab" in line
    assert "points=41.5" in line
    assert "Quillfeather" not in line
    assert "martha@example.net" not in line


def test_an_exception_is_logged_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")

    try:
        raise ValueError("Martha Quillfeather, 555-0119")
    except ValueError:
        structlog.get_logger().error("job:fail", exc_info=True)
        logging.getLogger("some.library").exception("could not send to %s", "martha@example.net")

    text = capsys.readouterr().err
    assert "job:fail" in text
    assert "some.library" in text
    assert "ValueError" in text
    assert "Quillfeather" not in text
    assert "example.net" not in text


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("WARNING")

    structlog.get_logger().info("run:step")

    assert capsys.readouterr().err == ""
