// `npm run bench`: measures, and prints a table or JSON. README.md says what each figure means.
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { processTerminal } from '../src/cli/terminal.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { measureAll, WHOLE } from './bench.ts';
import type { Sizes } from './bench.ts';
import { reportLines } from './report.ts';

const HELP = `npm run bench -- [--json]

Measures how fast the simulated world and a cluster in it are, bare and as a sweep runs them; about a minute.`;

export async function main(words: readonly string[], terminal: Terminal, sizes: Sizes = WHOLE): Promise<void> {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values } = parseArgs({ args: [...words], options });
  if (values.help === true) return terminal.line(HELP);
  const measured = await measureAll(sizes, (text) => terminal.progress(`measuring ${text}`));
  terminal.progress('');
  const machine = describeMachine();
  if (values.json === true) return terminal.line(JSON.stringify({ machine, rounds: sizes.rounds, ...measured }));
  for (const line of reportLines(measured, sizes, machine)) terminal.line(line);
}

function describeMachine(): string {
  const model = cpus()[0]?.model ?? 'an unknown processor';
  return `${model}, ${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
}

if (import.meta.main) await main(process.argv.slice(2), processTerminal());
