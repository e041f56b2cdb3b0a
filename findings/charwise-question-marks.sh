#!/usr/bin/env bash
# Package: charwise 3.0.1, any Node.
# Behaviour: in an array ?? comes back as !, and ?@ as ?: a question mark is escaped only beside a ! or a ", and unescaped always.
# Two arrays can have one key, so that in a store the second replaces the first.
# A good guess: what decode makes of what encode made is the value, for every text.
# Output seen:
#   ["really??"] is "KJreally??!", read back ["really!"]
#   ["really!"] is "KJreally??!", read back ["really!"]
#   ["who?@home"] is "KJwho?@home!", read back ["who?home"]
#   ["why?!"] is "KJwhy?@??!", read back ["why?!"]
#   "really??" is "Jreally??", read back "really??"
set -euo pipefail

expected='["really??"] is "KJreally??!", read back ["really!"]
["really!"] is "KJreally??!", read back ["really!"]
["who?@home"] is "KJwho?@home!", read back ["who?home"]
["why?!"] is "KJwhy?@??!", read back ["why?!"]
"really??" is "Jreally??", read back "really??"'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund charwise@3.0.1 >install.txt

cat >finding.js <<'JS'
import charwise from 'charwise';

for (const value of [['really??'], ['really!'], ['who?@home'], ['why?!'], 'really??']) {
  const code = charwise.encode(value);
  const [written, coded, read] = [value, code, charwise.decode(code)].map((part) => JSON.stringify(part));
  console.log(`${written} is ${coded}, read back ${read}`);
}
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
