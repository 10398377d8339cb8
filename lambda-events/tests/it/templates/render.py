"""Renders the event templates of AWS SAM's command line with their default values. Arguments: its wheel, and a folder.

The templates name values in braces; which there are, with their defaults and encodings, is in the wheel's mapping.
"""

import base64
import hashlib
import json
import pathlib
import re
import sys
import urllib.parse
import zipfile

FOLDER = "samcli/lib/generated_sample_events/"


def encoded(properties, value):
    if properties.get("encoding") == "url":
        value = urllib.parse.quote(value)
    if properties.get("encoding") == "base64":
        value = base64.b64encode(value.encode()).decode()
    if properties.get("hashing") == "md5":
        value = hashlib.md5(value.encode()).hexdigest()
    return value


def values(tags):
    for tag, properties in tags.items():
        value = properties.get("default", "")
        value = value if isinstance(value, str) else json.dumps(value)
        yield tag, encoded(properties, value)
        for child, of_child in properties.get("children", {}).items():
            yield child, encoded(of_child, value)


def main(wheel, folder):
    archive = zipfile.ZipFile(wheel)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mapping = json.loads(archive.read(FOLDER + "event-mapping.json"))
    for service, events in mapping.items():
        for kind, event in events.items():
            template = archive.read(f"{FOLDER}events/{service}/{event['filename']}.json").decode()
            known = dict(values(event["tags"]))
            # Values are named with either kind of dash.
            known |= {name.replace("-", "_"): value for name, value in known.items()}
            for tag, properties in event["tags"].items():
                if properties.get("type") == "dict":
                    # It stands in a string, and is an object of its own.
                    template = template.replace('"{{{%s}}}"' % tag, properties["default"])
            text = re.sub(r"\{\{\{?\s*&?\s*([\w-]+)\s*\}?\}\}", lambda found: known.get(found[1], ""), template)
            json.loads(text)
            (folder / f"{service}.{kind}.json").write_text(text)


main(*sys.argv[1:])
