#!/usr/bin/env bash
# Package: fastavro 1.13.1; Python 3.9 or newer with venv and pip.
# Behaviour: in a union of date and timestamp a datetime is written as a date where date is named first, since a Python datetime is a
# date too: the time of day is lost without an error. A datetime in a plain date loses it likewise.
# A good guess: a datetime goes to the timestamp, the type that it reads as and that holds all of it, in either order.
# Output seen:
#   date, timestamp-millis: 2026-11-30 12:34:00+00:00 is datetime.date(2026, 11, 30)
#   timestamp-millis, date: 2026-11-30 12:34:00+00:00 is datetime.datetime(2026, 11, 30, 12, 34, tzinfo=datetime.timezone.utc)
#   date, timestamp-millis: 2026-11-30 is datetime.date(2026, 11, 30)
#   timestamp-millis, date: 2026-11-30 is datetime.date(2026, 11, 30)
set -euo pipefail

expected='date, timestamp-millis: 2026-11-30 12:34:00+00:00 is datetime.date(2026, 11, 30)
timestamp-millis, date: 2026-11-30 12:34:00+00:00 is datetime.datetime(2026, 11, 30, 12, 34, tzinfo=datetime.timezone.utc)
date, timestamp-millis: 2026-11-30 is datetime.date(2026, 11, 30)
timestamp-millis, date: 2026-11-30 is datetime.date(2026, 11, 30)'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check fastavro==1.13.1 >install.txt

cat >finding.py <<'PY'
from datetime import date, datetime, timezone
from io import BytesIO

from fastavro import schemaless_reader, schemaless_writer

DATE = {"type": "int", "logicalType": "date"}
TIMESTAMP = {"type": "long", "logicalType": "timestamp-millis"}
for value in (datetime(2026, 11, 30, 12, 34, tzinfo=timezone.utc), date(2026, 11, 30)):
    for union in ([DATE, TIMESTAMP], [TIMESTAMP, DATE]):
        file = BytesIO()
        schemaless_writer(file, union, value)
        file.seek(0)
        names = ", ".join(branch["logicalType"] for branch in union)
        print(f"{names}: {value} is {schemaless_reader(file, union, None)!r}")
PY

seen=$(python/bin/python finding.py)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
