"""What goes wrong between a pipeline's job and its forge, and with what earlier jobs have kept."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "archive-broken": ("The archive that an earlier job has kept is broken. Run that job again."),
    "archive-crowded": (
        "The archive that an earlier job has kept holds more than {most} files, which none of "
        "this program's jobs makes. Look at what that job did."
    ),
    "archive-member-long": (
        "{name} in the archive that an earlier job has kept is larger than {most} MiB. Look at "
        "what that job did."
    ),
    "archive-member-missing": (
        "The archive that an earlier job has kept holds no {name}. Look at what that job did, and "
        "run it again."
    ),
    "archive-member-repeated": (
        "The archive that an earlier job has kept holds {name} more than once, and nobody can say "
        "which is meant. Look at what that job did."
    ),
    "archive-member-unreadable": (
        "{name} in the archive that an earlier job has kept is encrypted, or compressed in an "
        "unusual way. Look at what that job did."
    ),
    "forge-address": (
        "{variable} is not the address of an API: it must be https, or http on this machine. Run "
        "this command in a job, where the runner sets it."
    ),
    "forge-answered": ("{forge} answered {status} to {method} {path}. Run this job again later."),
    "forge-compressed": (
        "The answer of {forge} is compressed, which was not asked for. Run this job again later."
    ),
    "forge-event-unreadable": (
        "The file that {variable} names, with what happened, cannot be read. Run this command in "
        "a job, where the runner writes it."
    ),
    "forge-forbidden-github": (
        '{forge} refused {method} {path}. Give this job the permission "{right}". The pull '
        "requests of forks and of Dependabot cannot be given it."
    ),
    "forge-forbidden-gitlab": (
        "{forge} refused {method} {path}. Give the token in SANTRAL_GITLAB_TOKEN the scope api and "
        "the role {right}."
    ),
    "forge-hidden-github": (
        "{forge} has no {path}, or does not show it to this job. Give the job the permission "
        '"{right}" ({method} needs it).'
    ),
    "forge-hidden-gitlab": (
        "{forge} has no {path}, or does not show it to the token in SANTRAL_GITLAB_TOKEN. Give "
        "that the scope api and the role {right} ({method} needs them)."
    ),
    "forge-limit": "{forge} takes no more requests for now. Run this job again later.",
    "forge-malformed": (
        "An answer of {forge} is not the documented one. Run this job again later."
    ),
    "forge-no-merge-request": (
        "This is not a pipeline of a merge request: {variable} is not set. Run this job for "
        "merge_request_event only."
    ),
    "forge-no-pull-request": (
        "This is not a run for a pull request, so there is none to comment on. Run this job for "
        "the event pull_request only."
    ),
    "forge-redirect": (
        "{forge} redirects the download to an address that is not https. Nothing was fetched. Look "
        "at what stands between this job and {forge}."
    ),
    "forge-said": 'It says: "{said}".',
    "forge-tls-none": (
        "No TLS connection to {forge} could be made. Check the network; behind a proxy, give "
        "--proxy."
    ),
    "forge-token-missing-github": (
        "{variable} holds no token. Put {variable}: ${{{{ github.token }}}} under the env of this "
        "step."
    ),
    "forge-token-missing-gitlab": (
        "{variable} holds no token. Make a project access token, or the token of a user for "
        "pipelines, with the scope api, and give it to this job as the masked variable {variable}."
    ),
    "forge-token-refused": (
        "{forge} does not accept the token in {variable}. Has it expired, or been revoked? Give "
        "the job another."
    ),
    "forge-too-long": (
        "An answer of {forge} is longer than any that is expected. Run this job again later."
    ),
    "forge-unasked": (
        "The server answered before anything was asked. Something else may stand in the place of "
        "{forge}: check --proxy."
    ),
    "forge-unresolved": (
        "The name of the server of {forge} could not be resolved. Check the network; behind a "
        "proxy, give --proxy."
    ),
    "forge-variable": (
        "{variable} does not have a value as in a job of {forge}. Run this command in a job of "
        "{forge}."
    ),
    "forge-write-lost": (
        "The write was sent three times and never answered, and it has not taken effect. Run this "
        "job again later."
    ),
    "journal-expired": (
        "The newest journal of this pipeline has expired, or its job has kept none. Nothing was "
        "written: a change that an earlier run left unresolved will not be named."
    ),
    "journal-newest-gone": (
        "The newest journal of this pipeline has expired or was deleted. What its run changed may "
        "be missing in this one: compare with the log of that run before you roll anything back."
    ),
    "journal-not-text": (
        "The journal that an earlier job has kept is not text in UTF-8. Look at what that job did."
    ),
    "journal-there": (
        "{path} is there already, and a journal is never replaced. Name another file, or remove "
        "that one first."
    ),
    "plan-anew-github": (
        "Nothing was fetched. Start this workflow by hand on {branch} (Actions, this workflow, Run "
        "workflow): it plans anew, and that plan can be applied."
    ),
    "plan-anew-gitlab": (
        "Nothing was fetched. Start a pipeline by hand on {branch} (Build, Pipelines, New "
        "pipeline): it plans anew, and that plan can be applied."
    ),
    "plan-event-github": (
        "A plan is reviewed for what a push or somebody's own start applies, and this run was "
        "started by {event}. Run this job for push and workflow_dispatch only."
    ),
    "plan-event-gitlab": (
        "A plan is reviewed for what a push applies, and this pipeline was started by {event}. "
        "Take the plan of its own plan job instead (needs: and artifacts)."
    ),
    "plan-expired": (
        "The plan that was reviewed for {commit} is no longer kept: it has expired, or was deleted."
    ),
    "plan-none": (
        "This pipeline has kept no plan of {commit}. Did its plan job fail, or was it skipped?"
    ),
    "plan-not-of-drift": (
        "This plan was not made to look for drift. Make it with plan --drift --out FILE."
    ),
    "plan-not-text": (
        "The plan that an earlier job has kept is not text in UTF-8. Look at what that job did."
    ),
    "plan-of-fork-github": (
        "Pull request {request} is from a fork, and no plan is made for those."
    ),
    "plan-of-fork-gitlab": (
        "Merge request {request} is from a fork, and no plan is made for those."
    ),
    "plan-of-merged-results": (
        "The plans of merge request {request} are of merged results or of a merge train, which are "
        "not supported: they are not of its own last commit. Turn both off (Settings, Merge "
        "requests)."
    ),
    "plan-old": (
        "The newest plan of {commit} that was made by hand is more than 24 hours old, and the live "
        "settings may have changed since."
    ),
    "plan-several": (
        "{requests} were merged together. Each has a plan of its own, and none is of this commit."
    ),
    "plan-without-request-github": "{commit} came without a pull request of this repository.",
    "plan-without-request-gitlab": "{commit} came without a merge request of this project.",
}
