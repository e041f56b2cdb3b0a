// Notes tell why, and nothing else: whoever leads, runs or is complete in a report was seen to, whatever the machines note of it.
import { beforeAll, describe, expect, test } from 'vitest';
import { prepare } from '../../../src/cli/sim/plan.ts';
import { runSeed } from '../../../src/cli/sim/run-seed.ts';
import { endingOf, headerOf } from '../../../src/cli/sim/trace-file.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { readTrace } from '../../../src/run/read-trace.ts';
import type { Trace, TraceLine } from '../../../src/run/trace.ts';
import { buildModel } from '../../../reports/model/build-model.ts';
import { aborted, completed, deployed, jobMoves, leads, recovered, restarts, taskIs, triggered } from '../notes.ts';
import { pointerTo } from '../observed.ts';
import { answered, asked, header, noted, started, step, traceOf, wake } from '../traces.ts';

async function traceOfRun(scenario: string, seed: number): Promise<Trace> {
  const setup = await prepare({ scenario, set: [], faults: 'scenario' });
  const lines = [JSON.stringify(headerOf(setup, seed))];
  const run = runSeed(setup, seed, { onTrace: (line) => lines.push(line) });
  const trace = readTrace([...lines, JSON.stringify(endingOf(setup, run))].join('\n'));
  if (!trace.ok) throw new Error(trace.reason);
  return trace.value;
}

/** What a reader takes for true: everything that lasted, without what it says of why. */
function lastedIn(trace: Trace): unknown {
  const { reigns, tasks, job, checkpoints, lives, outages } = buildModel(trace);
  const text = JSON.stringify({ reigns, tasks, job, checkpoints, lives, outages }, (field, value: unknown) =>
    field === 'why' || field === 'text' ? undefined : value,
  );
  return JSON.parse(text);
}

function withNotes(trace: Trace, notesAt: (at: number) => readonly Note[]): Trace {
  const lines = trace.lines.map((line): TraceLine => {
    if (line.kind !== 'stepped') return line;
    const seen = line.effects.filter(({ effect }) => effect !== 'note');
    return { ...line, effects: [...notesAt(line.at).map(noted), ...seen] };
  });
  return { ...trace, lines };
}

const lies = (at: number): Note[] => [
  leads(at),
  { kind: 'leadership-lost', epoch: 1, reason: { kind: 'lease-ran-out' }, suspended: ['job-1'] },
  taskIs('0/0#1', 'FAILED', 'a lie'),
  jobMoves('RUNNING', 'FINISHED'),
  restarts({ kind: 'checkpoints-failed', times: 1, last: { kind: 'job-restarts' } }),
  deployed(at, 7),
  triggered(at),
  completed(at),
  completed(1),
  aborted(2, { kind: 'job-restarts' }),
  recovered(3),
];

/** As processes of a real run see it, that share no store: the answers. */
function onlyAnswers({ header: head, lines, ending }: Trace): Trace {
  const kinds: readonly TraceLine['kind'][] = ['started', 'stopped', 'stepped', 'fault', 'paused', 'partitioned'];
  return { header: { ...head, world: 'real' }, lines: lines.filter(({ kind }) => kinds.includes(kind)), ending };
}

describe.each([
  ['jm-failover', 2],
  ['word-count', 1],
  ['two-jobs', 1],
])('%s, seed %i', (scenario, seed) => {
  let trace = traceOf([]);
  beforeAll(async () => {
    trace = await traceOfRun(scenario, seed);
  });

  test('without notes the same lasted', () => {
    expect(lastedIn(withNotes(trace, () => []))).toEqual(lastedIn(trace));
  });

  test('whatever the notes say, the same lasted', () => {
    expect(lastedIn(withNotes(trace, lies))).toEqual(lastedIn(trace));
  });

  test('where only answers are seen, the same led, ran and became complete', () => {
    const [seen, heard] = [trace, onlyAnswers(withNotes(trace, lies))].map((one) => {
      const { reigns, tasks, checkpoints } = buildModel(one);
      return {
        reigns: reigns.map(({ lane, epoch }) => `${lane} ${epoch}`),
        tasks: tasks.map(({ lane, name, from, to }) => `${lane} ${name} ${from} ${to}`),
        checkpoints: checkpoints.map(({ id, triggeredAt, outcome }) => `${id} ${triggeredAt} ${outcome}`),
      };
    });
    expect(heard).toEqual(seen);
    expect(seen?.checkpoints.some((one) => one.endsWith('completed'))).toBe(true);
  });
});

test('a leader of a real run says that it leads, and its store did not', () => {
  const write = { kind: 'ha-write', key: 'checkpoints/job-1', value: pointerTo(1), ifRevision: 0, ifEpoch: 1 };
  const conflict = { kind: 'ha-conflict', entry: null, epoch: 2 };
  const lines = [
    started('jm-1'),
    step('jm-1', 10, wake, noted(leads(1)), noted(triggered(1)), asked(1, write)),
    step('jm-1', 20, answered(1, conflict), noted(completed(1))),
  ];
  const { reigns, checkpoints } = buildModel({ header: { ...header, world: 'real' }, lines, ending: null });
  expect({ reigns, checkpoints }).toEqual({ reigns: [], checkpoints: [] });
});
