"""What ``doctor`` and ``ring`` have in common: whose doors a run knocks at, and whether it may."""

import os
from dataclasses import dataclass

import click

from reconciler.cli.help import Heading
from reconciler.cli.options import option
from reconciler.core.checkup import Source
from reconciler.core.ci_systems import is_of_a_proposal
from reconciler.core.messages import say, template

allow_private_option = option(
    "--allow-private",
    heading=Heading.URLS,
    is_flag=True,
    help=template(
        "Also ask URLs that lead to addresses which are not public, such as those of this machine "
        "and of its network: for a test system."
    ),
)

desired_option = option(
    "--desired",
    heading=Heading.URLS,
    is_flag=True,
    help=template(
        "Take the URLs of the files, with their secrets, instead of the live ones. In a pipeline, "
        "only in the job that applies: not for a pull request, which must not make a runner ask "
        "URLs."
    ),
)


def refuse_for_proposals() -> None:
    """Raise a usage error in a job for a pull request, whose files would choose what is asked."""
    if is_of_a_proposal(os.environ):
        raise click.UsageError(
            say(
                "--desired asks the URLs of the files, and a pull request must not make a runner "
                "do that. Use it in the job that applies what was approved."
            )
        )


@dataclass(frozen=True, slots=True)
class CheckupWish:
    """What a checkup shall look at."""

    offline: bool
    no_post: bool
    desired: bool
    allow_private: bool

    @property
    def source(self) -> Source:
        """Whose URLs those are; without the API only the files' are known."""
        return Source.DESIRED if self.desired or self.offline else Source.LIVE
