// Runs seeds, and prints what is concluded from them: verdicts, facts, hashes, and the models of their reports, without what only people read.
import { buildModel } from '../../../reports/model/build-model.ts';
import { prepare } from '../../../src/cli/sim/plan.ts';
import { runSeed } from '../../../src/cli/sim/run-seed.ts';
import { endingOf, headerOf } from '../../../src/cli/sim/trace-file.ts';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { createFacts, noteLine } from '../../../src/cli/real/facts.ts';
import { dataToJson } from '../../../src/run/data-json.ts';
import { readTrace } from '../../../src/run/read-trace.ts';

/** Fields that hold texts for people. */
const shown = [
  'text',
  'label',
  'input',
  'effects',
  'answer',
  'why',
  'name',
  'task',
  'sentence',
  'reason',
  'refusal',
  'noted',
];

function withoutTexts(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data, (field, value: unknown) => (shown.includes(field) ? typeof value : value)));
}

const [, , ...words] = process.argv;
for (const word of words) {
  const [scenario = '', seed = ''] = word.split(':');
  const setup = await prepare({ scenario, set: [], faults: 'scenario' });
  const lines = [JSON.stringify(headerOf(setup, Number(seed)))];
  const run = runSeed(setup, Number(seed), { onTrace: (line) => lines.push(line) });
  const trace = readTrace([...lines, JSON.stringify({ ...endingOf(setup, run), facts: [] })].join('\n'));
  if (!trace.ok) throw new Error(trace.reason);
  const facts = createFacts();
  for (const line of trace.value.lines) noteLine(facts, line);
  const told = { result: run.result, facts: JSON.parse(dataToJson(facts)) as unknown, model: buildModel(trace.value) };
  console.log(JSON.stringify(withoutTexts({ word, exitCode: exitCodeOf(run.result.verdict), ...told })));
}
console.log(JSON.stringify({ textsTold: (globalThis as { textsTold?: number }).textsTold ?? 0 }));
