#!/usr/bin/env bash
# Package: apache-arrow 21.2.0 for JavaScript, any Node.
# Behaviour: tableFromJSON gives a record without a field a value of that field: an empty text, false, or NaN, and the column says that
# it has no nulls. With null in place of the absent field it is null.
# A good guess: an absent field is null, as it is for the JSON readers of Arrow in other languages.
# Output seen:
#   name of the record without it: "", 0 nulls; with null: null, 1 nulls
#   late of the record without it: false, 0 nulls; with null: null, 1 nulls
#   delay of the record without it: NaN, 0 nulls; with null: null, 1 nulls
set -euo pipefail

expected='name of the record without it: "", 0 nulls; with null: null, 1 nulls
late of the record without it: false, 0 nulls; with null: null, 1 nulls
delay of the record without it: NaN, 0 nulls; with null: null, 1 nulls'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund apache-arrow@21.2.0 >install.txt

cat >finding.js <<'JS'
import { tableFromJSON } from 'apache-arrow';

const text = (value) => (typeof value === 'string' ? JSON.stringify(value) : String(value));
const told = (field, records) => {
  const column = tableFromJSON(records).getChild(field);
  return `${text(column.get(1))}, ${column.nullCount} nulls`;
};
for (const [field, value] of Object.entries({ name: 'tm-1', late: true, delay: 1.5 })) {
  const first = { id: 1, [field]: value };
  const absent = told(field, [first, { id: 2 }]);
  console.log(`${field} of the record without it: ${absent}; with null: ${told(field, [first, { id: 2, [field]: null }])}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
