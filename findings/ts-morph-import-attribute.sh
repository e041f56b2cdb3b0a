#!/usr/bin/env bash
# Package: ts-morph 28.0.0, any Node.
# Behaviour: getStructure gives the value of an import attribute with its quotes, and createSourceFile quotes it again.
# The attribute type: "json" comes back as type: "\"json\"", which is another type. Each round trip adds a layer.
# An export with attributes fares the same. An import defer comes back as a plain import, which is evaluated at once.
# A good guess: a file that is made from the structure of another is the same program.
# Output seen:
#   value in the structure: "json"
#   once: import data from "./data.json" with { type: "\"json\"" };
#   twice: import data from "./data.json" with { type: "\"\\\"json\\\"\"" };
#   export: export { data } from "./data.json" with { type: "\"json\"" };
#   defer: import * as later from "./later.js";
set -euo pipefail

expected='value in the structure: "json"
once: import data from "./data.json" with { type: "\"json\"" };
twice: import data from "./data.json" with { type: "\"\\\"json\\\"\"" };
export: export { data } from "./data.json" with { type: "\"json\"" };
defer: import * as later from "./later.js";'

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' >package.json
npm install --prefer-offline --loglevel=error --no-audit --no-fund ts-morph@28.0.0 >install.txt

cat >finding.js <<'JS'
import { Project } from 'ts-morph';

const project = new Project({ useInMemoryFileSystem: true });
const oneLine = (file) => file.getFullText().trim().replaceAll(/\s+/g, ' ');
const copy = (file, path) => project.createSourceFile(path, file.getStructure());

const source = project.createSourceFile('source.ts', 'import data from "./data.json" with { type: "json" };\n');
const [attribute] = source.getImportDeclarations()[0].getStructure().attributes;
console.log(`value in the structure: ${attribute.value}`);
const once = copy(source, 'once.ts');
console.log(`once: ${oneLine(once)}`);
console.log(`twice: ${oneLine(copy(once, 'twice.ts'))}`);

const reexport = project.createSourceFile('export.ts', 'export { data } from "./data.json" with { type: "json" };\n');
console.log(`export: ${oneLine(copy(reexport, 'export-copy.ts'))}`);

const deferred = project.createSourceFile('deferred.ts', 'import defer * as later from "./later.js";\n');
console.log(`defer: ${oneLine(copy(deferred, 'deferred-copy.ts'))}`);
JS

seen=$(node finding.js)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { printf 'CHANGED; expected:\n%s\n' "$expected" >&2; exit 1; }
