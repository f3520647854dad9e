"""No content reaches a log line, ours or a library's."""

import logging
import subprocess
import sys
import threading

import pytest
import structlog

from tools import log


@pytest.fixture(autouse=True)
def _restore() -> object:
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
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


def test_a_sentence_of_ours_that_quotes_an_identifier_is_scrubbed(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")

    structlog.get_logger().warning("job:fail", reason="could not send to Martha Quillfeather, martha@example.net or (813) 555-0142")

    line = capsys.readouterr().err
    assert "[EMAIL_1]" in line
    assert not any(part in line for part in ("Quillfeather", "example.net", "0142"))


def test_a_number_in_groups_an_object_and_an_odd_name_are_no_ids(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("INFO")

    structlog.get_logger().info(
        "x:y", ssn="219-09-9999", phone="813-555-0142", reason=ValueError("martha@example.net"), **{"martha@example.net": 1}
    )
    structlog.get_logger().info("x:y", reason="219-09-9999")

    said = capsys.readouterr().err
    assert not any(part in said for part in ("219-09", "0142", "martha@"))
    assert said.count("x:y") == 2


@pytest.mark.parametrize("where", ["main", "thread", "destructor"])
def test_an_exception_nobody_catches_is_printed_without_its_message(where: str) -> None:
    raised = 'raise ValueError("Martha Quillfeather, 813-555-0142")'
    code = {
        "main": raised,
        "thread": f"import threading\ndef work():\n    {raised}\nt = threading.Thread(target=work); t.start(); t.join()",
        "destructor": f"class Gone:\n    def __del__(self):\n        {raised}\ng = Gone(); del g",
    }[where]

    done = subprocess.run(
        [sys.executable, "-c", f"from tools.log import configure\nconfigure('INFO')\n{code}"], capture_output=True, text=True, check=False
    )

    assert "unexpected ValueError" in done.stderr
    assert "Quillfeather" not in done.stdout + done.stderr
    assert "0142" not in done.stdout + done.stderr
