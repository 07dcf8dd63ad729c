"""Fetch an artifact of this run from the stand-in of the forge, and unpack it."""

import io
import os
import urllib.parse
import urllib.request
import zipfile

fields = {"name": os.environ["NAME"], "run": os.environ["GITHUB_RUN_ID"]}
url = f"{os.environ['GITHUB_API_URL']}/_runner/artifacts?{urllib.parse.urlencode(fields)}"
with urllib.request.urlopen(url) as answer:  # noqa: S310 - of the stand-in
    archive = zipfile.ZipFile(io.BytesIO(answer.read()))
archive.extractall(os.environ["FOLDER"])
