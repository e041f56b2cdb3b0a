#!/usr/bin/env bash
# Package: apache-beam 2.77.0; Python 3.10 or newer with venv and pip.
# Behaviour: 1, True and 1.0 are three keys for GroupByKey, which compares encoded bytes, and one key for CombinePerKey and Distinct
# where one bundle holds them, since the SDK first combines a bundle in a Python dict. The key that came first names the result.
# A good guess: the documentation combines the values of the same key, so the keys and sums are those of GroupByKey.
# Output seen:
#   numbers, combined: (1, 111)
#   numbers, distinct: 1
#   numbers, grouped: (1, 1), (1.0, 100), (True, 10)
#   tuples, combined: ((1, 'a'), 11)
#   tuples, distinct: (1, 'a')
#   tuples, grouped: ((1, 'a'), 1), ((True, 'a'), 10)
#   zeros, combined: (0.0, 11)
#   zeros, distinct: 0.0
#   zeros, grouped: (-0.0, 10), (0.0, 1)
set -euo pipefail

expected=$(cat <<'TEXT'
numbers, combined: (1, 111)
numbers, distinct: 1
numbers, grouped: (1, 1), (1.0, 100), (True, 10)
tuples, combined: ((1, 'a'), 11)
tuples, distinct: (1, 'a')
tuples, grouped: ((1, 'a'), 1), ((True, 'a'), 10)
zeros, combined: (0.0, 11)
zeros, distinct: 0.0
zeros, grouped: (-0.0, 10), (0.0, 1)
TEXT
)

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check apache-beam==2.77.0 >install.txt

cat >finding.py <<'PY'
import apache_beam as beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner


def tell(name, pairs):
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        read = pipeline | beam.Create(pairs)
        grouped = read | beam.GroupByKey() | beam.MapTuple(lambda key, values: (key, sum(values)))
        combined = read | beam.CombinePerKey(sum)
        distinct = read | beam.Keys() | beam.Distinct()
        for label, results in (("grouped", grouped), ("combined", combined), ("distinct", distinct)):
            listed = results | f"List {label}" >> beam.combiners.ToList()
            listed | f"Print {label}" >> beam.Map(
                lambda values, label: print(f"{name}, {label}: {', '.join(sorted(map(repr, values)))}"), label
            )


tell("numbers", [(1, 1), (True, 10), (1.0, 100)])
tell("zeros", [(0.0, 1), (-0.0, 10)])
tell("tuples", [((1, "a"), 1), ((True, "a"), 10)])
PY

seen=$(python/bin/python -W ignore finding.py | LC_ALL=C sort)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
