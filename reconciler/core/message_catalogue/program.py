"""What is said of files, of the environment, and of the program itself."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "bug": "A bug in santral ended this ({kind} at {place}). Please report it.",
    "environment-github-commands": (
        "ACTIONS_ALLOW_UNSECURE_COMMANDS is true, which lets a line of any output set the "
        "variables of the job's later steps. Unset it and run again."
    ),
    "environment-tls-log": (
        "SSLKEYLOGFILE is set, which makes programs write down the secrets of TLS connections. "
        "Whoever records the traffic of this run can read the keys with them. Unset it and run "
        "again."
    ),
    "errors-more": (
        "There is 1 more error. See the log of this step.",
        "There are {count} more errors. See the log of this step.",
    ),
    "file-changed": "Somebody changed it meanwhile. Run again.",
    "file-in-use": "Another run is using it. Wait for it to end, then run again.",
    "file-link": (
        "{link} is a link, which may lead anywhere. Remove it, or name the place it leads to."
    ),
    "file-not-regular": "It is not a regular file.",
    "file-too-large": "It is larger than {most} MiB.",
    "output-dash": (
        "- is not the name of a file here. For stdout write /dev/stdout, for such a file ./-."
    ),
    "output-overwrites": (
        "{path} would be overwritten: santral reads it or keeps it, or this run writes it twice. "
        "Name another file."
    ),
    "output-own": "{path} is the place of something else that santral keeps. Name another file.",
    "output-settings": "{path} would be read as settings by the next run. Name another file.",
    "output-stdout": "The result could not be written to stdout.",
    "output-unwritten": "{path} cannot be written.",
    "output-yaml": (
        "An existing YAML file may be somebody's settings. Name another file, or remove it first."
    ),
    "pipeline-below-top": (
        "A pipeline is only read at the top of the repository, which is {top}. Run this command "
        "there, or move {place} and {lock} there and write {settings} in the pipeline instead of "
        "santral.yaml."
    ),
    "place-line": "{place} cannot be given the lines that it lacks.",
    "place-link": (
        "{place} is left alone: it is a link, and what it leads to may be something else. Put a "
        "file in its place."
    ),
    "place-outside": (
        "{place} is left alone: a link on the way there leads out of this folder. Remove the "
        "link, or run this command in the folder that it leads to."
    ),
    "place-unreadable": "{place} cannot be read.",
    "place-unwritten": "{place} cannot be written.",
    "sandbox-foreign": (
        "The state file of the sandbox, {path}, does not hold what the sandbox writes. Delete it "
        "to start afresh."
    ),
    "sandbox-port": "The sandbox cannot listen on port {port}. Name another with --port.",
    "sandbox-unreadable": "The state file of the sandbox, {path}, cannot be read.",
    "sandbox-unwritten": "The state file of the sandbox, {path}, cannot be written.",
    "system-error": "The system says: {reason}.",
    "warnings-more": (
        "There is 1 more warning. See the log of this step.",
        "There are {count} more warnings. See the log of this step.",
    ),
}
