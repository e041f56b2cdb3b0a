// Builds traces for tests, as processes of a real run write them.
import type { Input } from '../../../src/core/base/machine.ts';
import type { Effect } from '../../../src/core/base/outbox.ts';
import type { Vocabulary } from '../../../src/core/base/vocabulary.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { encodeCheckpoints, encodeLeader, encodeResult } from '../../../src/core/protocol/records-codec.ts';
import type { ExecutionState } from '../../../src/core/protocol/states.ts';
import type { PortAnswer } from '../../../src/core/protocol/ports.ts';
import type { Failed } from '../../../src/core/base/vocabulary.ts';
import type { LineOf } from '../../../src/run/trace.ts';
import { createFacts, noteLine, type RealFacts } from '../../../src/cli/real/facts.ts';
import { answered, asked, noted, taken, told, wake } from '../../reports/traces.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

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

/** A TaskManager hears that it is registered. */
export const joins: { readonly input: Input<Vocabulary> } = {
  input: taken(told('jm-1', 'tm-1', 'task-manager-registered', {})),
};

const channel = { jobId: 'job-1', epoch: 1, edge: 0, producer: 0, producerAttempt: 1, consumer: 1, consumerAttempt: 1 };

type Elements = Parameters<typeof told<'channel-elements'>>[3]['elements'];

/** Elements that come through a channel. */
export function receives(...elements: NonNullable<Elements>): { readonly input: Input<Vocabulary> } {
  return { input: taken(told('tm-1', 'tm-2', 'channel-elements', { channel, sequence: 1, elements })) };
}

/** A note that something stored is damaged. */
export const damage: Note = {
  kind: 'restore-stopped',
  jobId: 'job-1',
  epoch: 2,
  checkpointId: 1,
  reason: { kind: 'unreadable', text: 'its checksum does not match' },
};

export const batchOfTwo = { kind: 'batch', batch: { values: ['a', 'b'], timestamps: [0, 0] } } as const;

export function factsOf(...told: readonly Told[]): RealFacts {
  const facts = createFacts();
  for (const one of told) noteLine(facts, lineOf(one));
  return facts;
}

/** A key of the HA service, as whoever watches it hears of it. */
function learns(key: string, value: Uint8Array): { readonly input: Input<Vocabulary> } {
  return hears({ kind: 'ha-changed', entry: { key, value, revision: 1 }, revision: 1 });
}

export const elects = (epoch: number, address: string) =>
  learns('leader', encodeLeader({ epoch, address, resigned: false }));

export function completes(...ids: readonly number[]) {
  const metadata = { name: 'm', sizeBytes: 1, checksum: 1 };
  const completed = ids.map((checkpointId) => ({ checkpointId, metadata, final: false }));
  return learns('checkpoints/job-1', encodeCheckpoints({ completed }));
}

export function finishes(clean: boolean) {
  return learns('result/job-1', encodeResult({ jobId: 'job-1', ...ENDED, status: 'FINISHED', reason: null, clean }));
}

const attemptOf = (vertex: number, attempt: number, jobId = 'job-1') => ({ jobId, vertex, subtask: 0, attempt });

/** Vertex 0 on tm-1, vertex 1 on tm-2. */
export function deploys(by: string, epoch: number, attempt: number, checkpointId: number | null, jobId?: string) {
  const restore = checkpointId === null ? null : { checkpointId, handles: [] };
  const effects = [0, 1].map((vertex) =>
    told(by, `tm-${vertex + 1}`, 'deploy-task', {
      epoch,
      task: { attempt: attemptOf(vertex, attempt, jobId), inputs: [], restore },
    }),
  );
  return { effects };
}

export function moves(vertex: number, attempt: number, state: ExecutionState, epoch = 1) {
  const body = { epoch, attempt: attemptOf(vertex, attempt), state, reason: null };
  return { effects: [told(`tm-${vertex + 1}`, 'jm-1', 'task-state-changed', body)] };
}

export function triggers(by: string, checkpointId: number) {
  return { effects: [told(by, 'tm-1', 'trigger-checkpoint', { epoch: 1, attempt: attemptOf(0, 1), checkpointId })] };
}

export function aborts(by: string, checkpointId: number) {
  return { effects: [told(by, 'tm-1', 'abort-checkpoint', { epoch: 1, attempt: attemptOf(0, 1), checkpointId })] };
}

/** Asks for a commit; `hears` of it next. */
export function commits(transaction: string) {
  return { effects: [asked(7, { kind: 'sink-commit', sink: 'out', transaction })] };
}

/** A job of two tasks on two TaskManagers, with one checkpoint at 1 s. */
export const atWork: readonly Told[] = [
  [10, 'client-1', elects(1, 'jm-1')],
  [100, 'jm-1', deploys('jm-1', 1, 1, null)],
  [200, 'tm-1', moves(0, 1, 'RUNNING')],
  [210, 'tm-2', moves(1, 1, 'RUNNING')],
  [1_000, 'jm-1', completes(1)],
];
