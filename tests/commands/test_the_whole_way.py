"""The whole way in one language: whatever comes out on it, no other language is in it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from support.catalogue import TURKISH, translations_in
from support.walk import Walk, walked
from support.words_of_outputs import COMMONEST, text_for_people, words

from reconciler.cli.main import santral

KNOWN = translations_in(TURKISH)
