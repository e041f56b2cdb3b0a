// The command behind `npm run faults`: runs each failure of `faults/rows.ts`, and writes docs/faults.md. It ends with 1 where one is not to be had.
// `-- --costs N` measures what each kind of fault costs over N seeds, and writes nothing; `-- --costs N KIND,KIND` what these do.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unknownName } from '../src/core/base/options.ts';
import { faultKinds, type FaultKind } from '../src/scenario/fault-kinds.ts';
import { packageFolder } from '../src/layout.ts';
import { costLines, costsOf } from './faults/costs.ts';
import { mistakesIn, renderFailures } from './faults/markdown.ts';
import { seeFailures } from './faults/see-all.ts';

const [word, count = '', kinds, ...more] = process.argv.slice(2);
const named = kinds === undefined ? faultKinds : kinds.split(',');
const unknown = named.find((name) => !faultKinds.includes(name as FaultKind));
if (word === undefined) await writePage();
else if (word !== '--costs' || !/^[1-9]\d{0,4}$/.test(count) || more.length > 0)
  complain('npm run faults takes nothing, or "-- --costs N" with so many seeds of each kind, and kinds behind it');
else if (unknown !== undefined) complain(unknownName('fault', unknown, faultKinds));
else await measureCosts(Number(count), named as readonly FaultKind[]);

function complain(sentence: string): void {
  console.error(sentence);
  process.exitCode = 2;
}

async function writePage(): Promise<void> {
  const rows = await seeFailures();
  const mistakes = rows.flatMap(mistakesIn);
  for (const mistake of mistakes) console.error(mistake);
  if (mistakes.length > 0) process.exitCode = 1;
  else writeFileSync(join(packageFolder, 'docs', 'faults.md'), renderFailures(rows));
}

async function measureCosts(seedCount: number, kinds: readonly FaultKind[]): Promise<void> {
  const seeds = Array.from({ length: seedCount }, (_, index) => index + 1);
  const costs = await costsOf(seeds, kinds, (kind) => console.error(kind));
  for (const line of costLines(costs)) console.log(line);
  const failures = costs.filter(({ failed }) => failed.length > 0);
  for (const { kind, scenario, failed } of failures)
    console.error(`${scenario} does not pass under ${kind} with seeds ${failed.join(', ')}`);
  if (failures.length > 0) process.exitCode = 1;
}
