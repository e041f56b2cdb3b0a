// Builds traces for tests, as processes of a real run write them.
import type { Input } from '../../../src/core/base/machine.ts';
import type { Effect } from '../../../src/core/base/outbox.ts';
import type { Vocabulary } from '../../../src/core/base/vocabulary.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import type { PortAnswer } from '../../../src/core/protocol/ports.ts';
import type { Failed } from '../../../src/core/base/vocabulary.ts';
import type { LineOf } from '../../../src/run/trace.ts';
import { createFacts, noteLine, type RunFacts } from '../../../src/cli/real/facts.ts';
import { answered, noted, taken, told, wake } from '../../reports/traces.ts';
import { completed, deployed, leads, taskIs } from '../../reports/notes.ts';

/** What a node did at a time in ms: an input, or effects. */
export type Told = readonly [
  atMs: number,
  node: string,
  what: { readonly input?: Input<Vocabulary>; readonly effects?: readonly Effect[] } | Note,
];

/** A note alone is what it noted. */
export function lineOf([atMs, node, what]: Told): LineOf<'stepped'> {
  const { input = wake, effects = [] } = 'kind' in what ? { effects: [noted(what)] } : what;
  const at = atMs * 1_000;
  return { at, event: 0, kind: 'stepped', node, incarnation: 1, input, effects, leavesAt: at };
}

/** An answer that comes. */
export function hears(answer: PortAnswer | Failed): { readonly input: Input<Vocabulary> } {
  return { input: answered(7, answer) };
}

const channel = { jobId: 'job-1', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 1, consumerAttempt: 1 };

type Elements = Parameters<typeof told<'channel-elements'>>[3]['elements'];

/** Elements that come through a channel. */
export function receives(...elements: NonNullable<Elements>): { readonly input: Input<Vocabulary> } {
  return { input: taken(told('tm-1', 'tm-2', 'channel-elements', { channel, sequence: 1, elements })) };
}

export const batchOfTwo = { kind: 'batch', batch: { values: ['a', 'b'], timestamps: [0, 0] } } as const;

export function factsOf(...told: readonly Told[]): RunFacts {
  const facts = createFacts();
  for (const one of told) noteLine(facts, lineOf(one));
  return facts;
}

/** A job of two tasks on two TaskManagers, with one checkpoint at 1 s. */
export const atWork: readonly Told[] = [
  [10, 'jm-1', leads(1)],
  [100, 'jm-1', deployed(1, null)],
  [200, 'tm-1', taskIs('0/0#1', 'RUNNING')],
  [210, 'tm-2', taskIs('1/0#1', 'RUNNING')],
  [1_000, 'jm-1', completed(1)],
];
