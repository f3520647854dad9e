"""The test runner itself: what is dear to build is built once."""

import os

import pytest


@pytest.mark.xdist_group("kept-together")
def test_a_group_of_tests_is_kept_on_one_worker(request: pytest.FixtureRequest) -> None:
    """Where the runner drops the mark, as pytest 9.2 with pytest-xdist 3.8 does, every worker builds every dear fixture and nothing says so."""
    if "PYTEST_XDIST_WORKER" in os.environ and request.config.getoption("dist") == "loadgroup":
        assert request.node.nodeid.endswith("@kept-together")
