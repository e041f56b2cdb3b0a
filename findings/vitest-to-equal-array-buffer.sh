#!/usr/bin/env bash
# Package: vitest 5.1.0, on Node 26.10.0.
# Behaviour: toEqual, toMatchObject and toHaveBeenCalledWith call any two ArrayBuffers equal, of other bytes and of
# another length too, and so with two DataViews. toStrictEqual compares the bytes. A Uint8Array is compared in each.
# A good guess: toEqual compares bytes, so that a test of an encoder that ends in a buffer tests something.
# Output seen:
#   toEqual: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
#   toMatchObject: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
#   toHaveBeenCalledWith: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
#   toStrictEqual: ArrayBuffer different, shorter different, DataView different, Uint8Array different
set -euo pipefail

expected='toEqual: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
toMatchObject: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
toHaveBeenCalledWith: ArrayBuffer equal, shorter equal, DataView equal, Uint8Array different
toStrictEqual: ArrayBuffer different, shorter different, DataView different, Uint8Array different'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund node@26.10.0 vitest@5.1.0 >install.txt

cat >finding.test.js <<'JS'
import { writeFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';

const MATCHERS = {
  toEqual: (left, right) => expect(left).toEqual(right),
  toMatchObject: (left, right) => expect({ value: left }).toMatchObject({ value: right }),
  toHaveBeenCalledWith: (left, right) => {
    const call = vi.fn();
    call(left);
    expect(call).toHaveBeenCalledWith(right);
  },
  toStrictEqual: (left, right) => expect(left).toStrictEqual(right),
};
const verdict = (match, left, right) => {
  try {
    match(left, right);
    return 'equal';
  } catch {
    return 'different';
  }
};

test('the matchers on bytes', () => {
  const [left, right, shorter] = [Uint8Array.of(1, 2), Uint8Array.of(3, 4), Uint8Array.of(1)];
  const lines = Object.entries(MATCHERS).map(([name, match]) => {
    const verdicts = [
      `ArrayBuffer ${verdict(match, left.buffer, right.buffer)}`,
      `shorter ${verdict(match, left.buffer, shorter.buffer)}`,
      `DataView ${verdict(match, new DataView(left.buffer), new DataView(right.buffer))}`,
      `Uint8Array ${verdict(match, left, right)}`,
    ];
    return `${name}: ${verdicts.join(', ')}`;
  });
  writeFileSync('seen.txt', lines.join('\n'));
});
JS

./node_modules/node/bin/node node_modules/vitest/vitest.mjs run --root . >run.txt 2>&1 || { cat run.txt >&2; exit 1; }
seen=$(cat seen.txt)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
