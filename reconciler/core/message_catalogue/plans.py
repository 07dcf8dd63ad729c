"""What is said of plans, of the santrals in them, and of saved plans."""

from reconciler.core.message_catalogue.form import Templates

TEMPLATES: Templates = {
    "as-written": "{text}",
    "canary-all": "Canary: all of the changes.",
    "canary-first": (
        "Canary: {names}. The other change follows only if all of these end as applied.",
        "Canary: {names}. The other {count} changes follow only if all of these end as applied.",
    ),
    "canary-first-more": (
        (
            "Canary: {names} and {more} more. The other change follows only if all of these end "
            "as applied."
        ),
        (
            "Canary: {names} and {more} more. The other {count} changes follow only if all of "
            "these end as applied."
        ),
    ),
    "drift-direction": (
        "Each arrow points from the live value to the value in the file, which apply restores."
    ),
    "drifted": "{field} was changed outside the files. Live now: {live}.",
    "key-other": "The santral uses another key than before: {before} → {name}.",
    "key-taken": "Its key, {name}, was the key of {owner} before.",
    "moved-unseen": (
        "What changed is a field that the file does not manage, or a hidden part of a URL."
    ),
    "no-such-label": (
        'No santral has the label "{label}". Compare {option} with the labels in the files.'
    ),
    "no-such-label-near": 'No santral has the label "{label}". Did you mean "{near}"?',
    "no-url": (
        "No notification_url is set, neither live nor in the file, and the API accepts no change "
        "without one. Write one in the file."
    ),
    "merge-apart": (
        "It was made at {made}, and {newest} at {newest_made}, which is more than {within} apart: "
        "what is live may have changed between. Plan again, or give a longer --within."
    ),
    "merge-doubled": "It is of shard {shard}, as {other} is. Give the plan of each shard once.",
    "merge-incomplete": (
        "The plans do not have exactly the santrals that were picked for all shards together. One "
        "of them was edited. Plan all shards again."
    ),
    "merge-misplaced": "It has santrals that are not in its shard, {shard}. It was edited.",
    "merge-missing": (
        "The plan of 1 shard is missing: {shards}. Run that shard again.",
        "The plans of {count} shards are missing: {shards}. Run those shards again.",
    ),
    "merge-mixed": "It is a plan, while {other} is the report of a run.",
    "merge-no-shard": "This is not a plan of a shard. plan --shard I/N --out writes one.",
    "merge-other-api": "It is of another API than {other}.",
    "merge-other-configuration": "It was made from another configuration than {other}.",
    "merge-other-purpose": "It was made for another purpose than {other}, such as --drift.",
    "merge-other-selection": (
        "It was made with other --target, --exclude, --select or --changed than {other}."
    ),
    "merge-other-santrals": (
        "The same options picked other santrals for it than for {other}: labels, or the commit "
        "that --changed stands for, were others there. Plan all shards again, from one commit."
    ),
    "merge-other-total": "It is of another number of shards than {other}.",
    "nothing-matches": (
        'No santral matches "{pattern}". Compare --target and --exclude with the names in the '
        "files."
    ),
    "nothing-matches-in-journal": (
        'No santral in the journal {path} matches "{pattern}". santral history lists what is in it.'
    ),
    "nothing-matches-list": (
        'No santral matches "{pattern}". A comma does not separate names. Give the option once '
        "for each; in a variable, spaces separate them."
    ),
    "nothing-matches-near": 'No santral matches "{pattern}". Did you mean "{near}"?',
    "nothing-matches-of-run": (
        'Run {run} changed no santral that matches "{pattern}". santral history --target '
        '"{pattern}" lists the runs that did.'
    ),
    "nothing-matches-since": (
        'No santral that was changed since {time} matches "{pattern}". Compare --target and '
        "--exclude with what santral history lists."
    ),
    "nothing-selected": (
        "No santral is left to look at. Compare --target, --exclude and --select with each other."
    ),
    "saved-api": "The saved plan was made from {saved}, but this run is for {this}.",
    "saved-configuration": (
        "The saved plan was made from another configuration, or with other keys or secrets."
    ),
    "saved-edited": "This plan was edited or damaged after it was saved. Plan again.",
    "saved-fields": (
        "The saved plan has fields that this santral does not know, and does not show: {fields}. "
        "A newer santral shows them."
    ),
    "saved-fields-more": (
        (
            "The saved plan has fields that this santral does not know, and does not show: "
            "{fields} and 1 more. A newer santral shows them."
        ),
        (
            "The saved plan has fields that this santral does not know, and does not show: "
            "{fields} and {count} more. A newer santral shows them."
        ),
    ),
    "saved-file-of-settings": (
        "This is not a saved plan, but may be a file of settings. Name it with "
        "--config {file} to plan or apply it."
    ),
    "saved-foreign": "This is not a saved plan. plan --out writes one.",
    "saved-format": (
        "This plan is in format {format}, and this santral reads only what it knows of {major}.x. "
        "Use the santral that wrote it, or plan again."
    ),
    "saved-format-of": (
        "This plan is in format {format}, and this santral reads only what it knows of {major}.x. "
        "Use santral {writer}, which wrote it, or plan again."
    ),
    "saved-not": "This is a plan, but not a saved one. plan --out writes one.",
    "saved-merged": (
        "This is a plan that was merged from those of all shards, for santral show. Apply the plan "
        "of each shard."
    ),
    "saved-of": "The saved plan was made with {options}.",
    "saved-of-all": "The saved plan was made without options that pick santrals.",
    "saved-of-unknown": (
        "The saved plan is from an earlier version of santral, which did not write down the "
        "options that picked its santrals."
    ),
    "saved-other": "This is not the change of the saved plan.",
    "saved-selection": (
        "An apply of a saved plan is for its santrals and no others, so the options that pick "
        "santrals must be the same, or left out."
    ),
    "saved-seal-version": (
        "The saved plan was sealed by another version of santral. Plan and apply with the same "
        "version."
    ),
    "saved-too-large": "This file is larger than {most} MiB, so it is not a saved plan.",
    "saved-unread": "The saved plan could not read this santral, so nobody has seen this change.",
    "saved-unreadable": "The plan {path} cannot be read.",
    "saved-unsealed": (
        "The saved plan has no seal from any key at hand, so nobody could notice if it was edited."
    ),
    "saved-unwritten": "The plan cannot be saved to {path}.",
    "shard-empty": "Shard {shard} has none of these santrals.",
}
