"""Every target, by the name of its module, which its folder under ``cases/fuzz`` has too."""

from support.fuzzed import (
    answer,
    echoed_key,
    foreign_text,
    journal,
    retry_after,
    saved_plan,
    url,
    yaml_file,
)

TARGETS = {
    module.__name__.removeprefix("support.fuzzed."): module.TARGET
    for module in (
        *(yaml_file, answer, retry_after, foreign_text, echoed_key, url, saved_plan, journal),
    )
}
