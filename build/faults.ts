// The command behind `npm run faults`: runs each failure of `faults/rows.ts`, and writes docs/faults.md. It ends with 1 where one is not to be had.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/layout.ts';
import { mistakesIn, renderFailures } from './faults/markdown.ts';
import { seeFailures } from './faults/see-all.ts';

const rows = await seeFailures();
const mistakes = rows.flatMap(mistakesIn);
for (const mistake of mistakes) console.error(mistake);
if (mistakes.length > 0) process.exitCode = 1;
else writeFileSync(join(packageFolder, 'docs', 'faults.md'), renderFailures(rows));
