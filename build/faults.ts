// The command behind `npm run faults`: runs each failure of `faults/rows.ts`, and writes docs/faults.md. It ends with 1 where one is not to be had.
// `-- --costs N` measures what each kind of fault costs over N seeds, and writes nothing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from '../src/layout.ts';
import { costLines, costsOf } from './faults/costs.ts';
import { mistakesIn, renderFailures } from './faults/markdown.ts';
import { seeFailures } from './faults/see-all.ts';

const [word, count, ...more] = process.argv.slice(2);
if (word === undefined) await writePage();
else if (word === '--costs' && /^[1-9]\d{0,4}$/.test(count ?? '') && more.length === 0)
  await measureCosts(Number(count));
else {
  console.error('npm run faults takes nothing, or "-- --costs N" with so many seeds of each kind');
  process.exitCode = 2;
}

async function writePage(): Promise<void> {
  const rows = await seeFailures();
  const mistakes = rows.flatMap(mistakesIn);
  for (const mistake of mistakes) console.error(mistake);
  if (mistakes.length > 0) process.exitCode = 1;
  else writeFileSync(join(packageFolder, 'docs', 'faults.md'), renderFailures(rows));
}

async function measureCosts(seeds: number): Promise<void> {
  const costs = await costsOf(seeds, (kind) => console.error(kind));
  for (const line of costLines(costs)) console.log(line);
  const failures = costs.filter(({ failed }) => failed.length > 0);
  for (const { kind, scenario, failed } of failures)
    console.error(`${scenario} does not pass under ${kind} with seeds ${failed.join(', ')}`);
  if (failures.length > 0) process.exitCode = 1;
}
