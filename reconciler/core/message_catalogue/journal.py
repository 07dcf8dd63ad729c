"""What is said of the journal, of runs that died, and of going back."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "change-applied": "The change had been applied: what it wanted is live.",
    "change-doubted": (
        "Line {line} of the journal does not match the key of this santral: somebody edited it, "
        "or the key was renewed since. Nothing is taken from it. If the key was renewed in the "
        "panel, add --key-renewed {santral}. If it was not, find out who edited the journal, and "
        "compare the settings in the panel."
    ),
    "change-elsewhere": (
        "It was sent to {api}, but this run is for {this}. A run for that API shows what became "
        "of it."
    ),
    "change-left-out": (
        "This run leaves this santral out. A run without --target, --exclude and --select shows "
        "what became of it."
    ),
    "change-not-applied": "The change had not been applied: the settings from before it are live.",
    "change-not-in-files": (
        "No santral in the files has this name, so what became of it cannot be found out."
    ),
    "change-others-live": (
        "Somebody has changed the settings since: what is live is neither what was there before "
        "the change nor what it wanted."
    ),
    "change-unkeyed": (
        "The journal has run {run} in format 1.0, which does not show whether it was edited since."
    ),
    "change-unknown": "What became of it is not known yet.",
    "change-unknown-api": "The journal does not say to which API it was sent.",
    "change-unresolved": (
        "The change of run {run} is unresolved: the run ended before it could report what became "
        "of it."
    ),
    "change-would-be-lost": (
        "Somebody changed the settings after run {run}. Those changes would be lost."
    ),
    "change-would-be-undone": (
        "Later runs changed the settings after run {run}. That would be undone too: santral "
        "history shows what they changed."
    ),
    "journal-broken": "An earlier line could not be written to the journal {path}.",
    "journal-elsewhere": (
        "There is a journal in {folder}, beside the files. This run writes one of its own here, "
        "where history and rollback of that folder do not find it. Run there, or name it with "
        "--journal."
    ),
    "journal-foreign": (
        "It is not a journal that this santral knows. Name another file with --journal."
    ),
    "journal-in-use": (
        "Another run is using the journal {path} now, so what it changes may be missing here."
    ),
    "journal-line": "This line of the journal cannot be read.",
    "journal-line-cut": "The line was cut short.",
    "journal-lines": (
        "1 more line of the journal cannot be read.",
        "{count} more lines of the journal cannot be read.",
    ),
    "journal-looked-for": (
        "It was looked for in the folder {folder}. Run in another folder, or name another journal "
        "with --journal."
    ),
    "journal-missing": "There is no journal {path}.",
    "journal-newer": (
        "Line {line} has format {version}, which only a newer santral reads. Update santral."
    ),
    "journal-no-run": "The journal {path} has no run {run}. santral history lists its runs.",
    "journal-no-run-near": "The journal {path} has no run {run}. Did you mean {near}?",
    "journal-nothing-changed": (
        "No run in the journal {path} changed anything, so there is nothing to roll back."
    ),
    "journal-passed-over": (
        "A newer santral wrote to this journal (format {versions}). What this version does not "
        "know is kept but ignored: {names}. Update santral to see it."
    ),
    "journal-passed-over-more": (
        (
            "A newer santral wrote to this journal (format {versions}). What this version does "
            "not know is kept but ignored: {names} and 1 more. Update santral to see it."
        ),
        (
            "A newer santral wrote to this journal (format {versions}). What this version does "
            "not know is kept but ignored: {names} and {count} more. Update santral to see it."
        ),
    ),
    "journal-of-sandbox": "The sandbox has a journal of its own here, which --sandbox uses.",
    "journal-torn": (
        "The last line of the journal is torn: a run died while it was writing it. A change whose "
        "own line is torn was not sent. One whose outcome is missing is unresolved."
    ),
    "journal-unopened": "The journal {path} cannot be opened.",
    "journal-unreadable": "The journal {path} cannot be read.",
    "journal-unwritten": "The journal {path} cannot be written.",
    "record-field": "Its {field} is not as santral writes it.",
    "record-fields": "It does not have the fields of a record.",
    "record-format": "Its format is {version}, and this santral reads 1.0 and every later 1.x.",
    "record-format-unknown": "Its format is unknown. This santral reads 1.0 and every later 1.x.",
    "record-not-json": "It is not a JSON object.",
    "renewed": (
        "--key-renewed {santral}: What the journal says of this santral is trusted even where it "
        "does not match its key."
    ),
    "rollback-api": (
        "Run {run} changed settings at {api}, but this run is for {this}. Name another run with "
        "--run, or use that address."
    ),
    "rollback-api-unknown": (
        "The journal does not say at which API run {run} changed settings, so it cannot be rolled "
        "back. Name another run with --run, or put what history lists into the files."
    ),
    "rollback-changed-nothing": (
        "Run {run} changed nothing, so there is nothing to roll back. santral history lists the "
        "runs."
    ),
    "rollback-earlier": (
        "The run before it that changed anything is {run}, which began at {time}. santral "
        "history --run {run} shows what it changed, and santral rollback --run {run} undoes it."
    ),
    "rollback-files-ask": (
        (
            "What was undone still stands in {files}, so the next apply brings it back. Revert "
            "the commits that brought it in (git revert COMMIT), or correct the file."
        ),
        (
            "What was undone still stands in {files}, so the next apply brings it back. Revert "
            "the commits that brought it in (git revert COMMIT), or correct the files."
        ),
    ),
    "rollback-host-elsewhere": (
        "The notification_url from before the run has a host that --allow-hosts "
        "(SANTRAL_ALLOW_HOSTS) does not name, so nothing is done to this santral. Leave it out "
        "with --exclude, or have whoever keeps that list add the host."
    ),
    "rollback-lost": (
        "Run {run} changed {santrals}, or may have, but the settings from before it are in lines "
        "of the journal {path} that cannot be read. Name another run with --run."
    ),
    "rollback-not-in-files": (
        "The files no longer have what is to be restored: {santrals}. A key is looked up through "
        "the entry in the files. Restore what is missing, or leave it out with --exclude."
    ),
    "rollback-nothing-left": "All that is to be restored is live, so nothing is left to undo.",
    "rollback-nothing-since": (
        "No run in the journal {path} changed anything at {time} or later, so there is nothing to "
        "roll back. The last run that changed anything is {run}, which began at {last}."
    ),
    "rollback-only": (
        "Only rollbacks changed anything in the journal {path}. To undo the last one, name it "
        "(santral rollback --run {run})."
    ),
    "rollback-santral-lost": (
        "Run {run} changed the settings of this santral, or may have. Those from before it are "
        "in a line of the journal that cannot be read, so they are not restored. Write the right "
        "ones into the files, and apply them."
    ),
    "rollback-secret-other": (
        "The URL from before the run is restored with the secrets of now ({secrets}); at least one "
        "of them was another one then."
    ),
    "rollback-unfilled": (
        "So the URL from before the run cannot be restored, and nothing is done to this santral. "
        "Leave it out with --exclude, or write what it is to have into the files."
    ),
    "rollback-url-hidden": (
        "The notification_url from before the run had a secret elsewhere than the files say, so "
        "the journal does not have all of it. The live one stays; if it is wrong, write the right "
        "one into the files."
    ),
    "rollback-url-missing": (
        "The notification_url was not set before the run, and the API accepts no change without "
        "one. The live one stays."
    ),
    "rollback-url-unusual": (
        "The notification_url from before the run is one that is not allowed in a file."
    ),
    "unresolved-unknown": "What earlier runs left unresolved is not known.",
}
