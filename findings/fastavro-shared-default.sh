#!/usr/bin/env bash
# Package: fastavro 1.13.1; Python 3.9 or newer with venv and pip.
# Behaviour: the default of a field that the writer did not have is the schema's own object in every record: what is appended to the
# list of one record is in all, also in those read later. A default of bytes is a str, and of a logical type its plain form.
# A good guess: schema resolution gives each record a value of its own, of the type that the same field has when it was written.
# Output seen:
#   1: tags ['a']
#   2: tags ['a', 'b']
#   read again, 1: tags ['a', 'b', 'c']
#   written: mark b'\xff', price Decimal('1.50')
#   default: mark 'ÿ', price '\x96'
set -euo pipefail

expected=$(cat <<'TEXT'
1: tags ['a']
2: tags ['a', 'b']
read again, 1: tags ['a', 'b', 'c']
written: mark b'\xff', price Decimal('1.50')
default: mark 'ÿ', price '\x96'
TEXT
)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check fastavro==1.13.1 >install.txt

cat >finding.py <<'PY'
from decimal import Decimal
from io import BytesIO

from fastavro import parse_schema, reader, writer


def schema_of(*fields):
    return parse_schema({"type": "record", "name": "Event", "fields": list(fields)})


ID = {"name": "id", "type": "int"}
PRICE = {"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}
OLD = schema_of(ID)
NEW = schema_of(
    ID,
    {"name": "tags", "type": {"type": "array", "items": "string"}, "default": []},
    {"name": "mark", "type": "bytes", "default": "\u00ff"},
    {"name": "price", "type": PRICE, "default": "\u0096"},
)


def file_of(schema, *records):
    file = BytesIO()
    writer(file, schema, records)
    return file.getvalue()


old = file_of(OLD, {"id": 1}, {"id": 2})
for event, tag in zip(reader(BytesIO(old), NEW), "ab"):
    event["tags"].append(tag)
    print(f"{event['id']}: tags {event['tags']}")
again = next(reader(BytesIO(old), NEW))
again["tags"].append("c")
print(f"read again, {again['id']}: tags {again['tags']}")

new = file_of(NEW, {"id": 3, "tags": [], "mark": b"\xff", "price": Decimal("1.50")})
for name, file in (("written", new), ("default", old)):
    event = next(reader(BytesIO(file), NEW))
    print(f"{name}: mark {event['mark']!r}, price {event['price']!r}")
PY

seen=$(PYTHONIOENCODING=utf-8 python/bin/python finding.py)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
