"""Fuzz the target of one module: ``fuzz_worker.py support.fuzzed.url``, then options.

The options are libFuzzer's, which ends the process that it runs in; hence one of its own.
"""

import sys
from importlib import import_module

import atheris

with atheris.instrument_imports(include=["reconciler", "yaml"]):
    target = import_module(sys.argv.pop(1)).TARGET
    for seed in target.seeds:  # Some modules are imported only once they are needed.
        target.check(seed)

atheris.Setup(sys.argv, target.check)
atheris.Fuzz()
