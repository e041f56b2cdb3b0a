// The command behind `npm run check:imports`: one line per violation, exit code 1 if there is any.

import { checkSources, describeViolation, readSourceTree } from './imports.ts';

const sources = readSourceTree(process.cwd());
const violations = checkSources(sources);
for (const violation of violations) console.error(describeViolation(violation));
console.log(`imports: ${sources.size} files, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
