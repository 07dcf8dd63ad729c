"""Jobs at both forges, which the tests of this room run the program in."""

from collections.abc import Iterator

import pytest
from support.pipelines import OnGitHub, OnGitLab, Pipeline, on_github, on_gitlab
from support.program import Program


@pytest.fixture
def github(program: Program) -> Iterator[OnGitHub]:
    """Give a job of GitHub Actions."""
    with on_github(program) as job:
        yield job


@pytest.fixture
def gitlab(program: Program) -> Iterator[OnGitLab]:
    """Give a job of GitLab CI."""
    with on_gitlab(program) as job:
        yield job


@pytest.fixture(params=["github", "gitlab"])
def job(request: pytest.FixtureRequest) -> Pipeline:
    """Give a job at each of the forges."""
    found: Pipeline = request.getfixturevalue(request.param)
    return found
