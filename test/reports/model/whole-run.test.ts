// Whole runs of the simulator under faults: their traces are read without a rest, and each message has an end.
import type { JobRunResult } from '../../../src/sim/cluster/run-types.ts';
import { expect, test } from 'vitest';
import { buildModel } from '../../../reports/model/build-model.ts';
import type { RunModel } from '../../../reports/model/model.ts';
import { readTrace } from '../../../src/run/read-trace.ts';
import { prepare } from '../../../src/cli/sim/plan.ts';
import { runSeed } from '../../../src/cli/sim/run-seed.ts';
import type { Run } from '../../../src/cli/sim/run-seed.ts';
import { endingOf, headerOf } from '../../../src/cli/sim/trace-file.ts';

async function modelOf(scenario: string, seed: number): Promise<{ readonly model: RunModel; readonly run: Run }> {
  const setup = await prepare({ scenario, set: [], faults: 'scenario' });
  const lines = [JSON.stringify(headerOf(setup, seed))];
  const run = runSeed(setup, seed, { onTrace: (line) => lines.push(line) });
  const trace = readTrace([...lines, JSON.stringify(endingOf(setup, run))].join('\n'));
  if (!trace.ok) throw new Error(trace.reason);
  return { model: buildModel(trace.value), run };
}

const scenarios = ['word-count', 'tm-crash', 'jm-failover', 'barrier-loss', 'partition', 'zombie-job-manager'];
const SEEDS = [1, 2, 3];
const LATE_US = 5_000_000; // no fault holds a message up for so long

test.each(scenarios)('%s: the report says what the run counted, and where each message went', async (scenario) => {
  let hits = 0;
  for (const seed of SEEDS) {
    const { model, run } = await modelOf(scenario, seed);
    const result = run.result as JobRunResult;
    const hit = model.faults.filter((fault) => fault.hit).length;
    hits += hit;
    expect(hit).toBe(Object.values(result.faults).reduce((a, b) => a + b, 0));
    expect(model.checkpoints.filter(({ outcome }) => outcome === 'completed').length).toBe(
      result.checkpoints.completed,
    );
    expect(new Set(model.reigns.map(({ epoch }) => epoch)).size).toBeGreaterThanOrEqual(result.leaderChanges + 1);
    expect(model.job.at(-1)?.state).toBe('FINISHED');

    expect(model.messages.filter(({ sender }) => sender < 0)).toEqual([]); // whatever arrived was sent
    const late = model.messages.filter(({ fate, sentAt }) => fate === 'unseen' && sentAt < model.endAt - LATE_US);
    expect(late).toEqual([]);
    for (const { sentAt, endedAt } of model.messages) expect(endedAt).toBeGreaterThanOrEqual(sentAt);
    for (const { lane } of [...model.steps, ...model.tasks, ...model.lives]) expect(model.lanes[lane]).toBeDefined();
  }
  expect(hits).toBeGreaterThan(0);
});
