// Two-phase commit: what is visible outside, when, and what lost, late, doubled and refused requests change about it.
import { describe, expect, test } from 'vitest';
import type { PortRequest } from '../../../src/core/protocol/ports.ts';
import { attemptId, Lab, restoreFrom } from './fixture.ts';
import type { LabSettings } from './fixture.ts';
import { copy, rows } from './jobs.ts';

const INPUT = 'a@0 b@100 c@200 d@300 e@400 f@500';

/** Ten records a second into the sink. */
function lab(settings: Partial<LabSettings['options']> = {}, commitOn?: 'barrier'): Lab {
  const job = copy({ recordsPerSecond: 10, ...(commitOn === undefined ? {} : { commitOn }) });
  const made = new Lab({
    job,
    topics: { rows: [rows(INPUT)] },
    options: { batchSizeRecords: 1, bufferTimeoutMs: 1, ...settings },
  });
  made.register();
  made.deployAll();
  return made;
}

function abort(tm: Lab, checkpointId: number, latestCompletedId: number): void {
  for (const vertex of [0, 1]) {
    tm.lead('abort-checkpoint', { attempt: attemptId(vertex), checkpointId, latestCompletedId });
  }
}

function prepared(tm: Lab): readonly string[] {
  return [...tm.services.sink.sinks.get('out')!.prepared.keys()];
}

function namesOf(requests: readonly PortRequest[]): readonly string[] {
  return requests.map((request) => ('transaction' in request ? request.transaction : request.kind));
}

describe('a transaction', () => {
  test('is prepared before the checkpoint is acknowledged, and committed when it is complete', () => {
    const tm = lab();
    tm.holding.add('sink-prepare');
    tm.pass(250);
    expect(tm.checkpoint(1).map((ack) => ack.attempt.vertex)).toEqual([0]);
    tm.answer('sink-prepare');
    expect(tm.take('acknowledge-checkpoint').map((ack) => ack.attempt.vertex)).toEqual([1]);
    expect(prepared(tm)).toEqual(['job-1/out/0/chk-0/e1-a1']);
    expect(tm.committed()).toEqual([]);
    tm.complete(1);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100']);
  });

  test('without records is prepared and recorded like any other', () => {
    const tm = lab();
    tm.checkpoint(1);
    tm.checkpoint(2);
    expect(prepared(tm)).toEqual(['job-1/out/0/chk-0/e1-a1', 'job-1/out/0/chk-1/e1-a1']);
    tm.complete(2);
    tm.run();
    expect(prepared(tm)).toEqual([]);
  });

  test('of a lost notification is committed with the next one, in order', () => {
    const tm = lab();
    tm.pass(150);
    tm.checkpoint(1);
    tm.pass(100);
    tm.checkpoint(2);
    tm.complete(2);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100']);
    tm.complete(1);
    tm.complete(2);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100']);
  });

  test('of a lost notification is committed with an abort that says what is complete', () => {
    const tm = lab();
    tm.pass(150);
    tm.checkpoint(1);
    tm.trigger(2);
    abort(tm, 2, 1);
    tm.run();
    expect(tm.committed()).toEqual(['a@0']);
  });

  test('of an aborted checkpoint is kept, and committed with a later one', () => {
    const tm = lab();
    tm.pass(150);
    tm.checkpoint(1);
    abort(tm, 1, 0);
    tm.run();
    expect(tm.committed()).toEqual([]);
    tm.pass(100);
    expect(tm.checkpoint(2).length).toBe(2);
    tm.complete(2);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100']);
  });

  test('is written in chunks as records come, each of them numbered', () => {
    const tm = lab({ sinkChunkRecords: 2 });
    tm.holding.add('sink-write');
    tm.pass(550);
    expect(tm.waiting('sink-write').length).toBe(1);
    const chunks = [tm.answer('sink-write'), tm.answer('sink-write')];
    expect(chunks.map((chunk) => (chunk.kind === 'sink-write' ? chunk.chunk : -1))).toEqual([0, 1]);
    tm.holding.delete('sink-write');
    tm.checkpoint(1);
    tm.complete(1);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100', 'c@200', 'd@300', 'e@400']);
  });

  test('stops the task when too many chunks wait', () => {
    const tm = lab({ sinkChunkRecords: 1 });
    tm.holding.add('sink-write');
    tm.pass(5_000);
    expect(tm.task(1).gate.channels[0]!.records).toBe(4);
    tm.holding.delete('sink-write');
    tm.run();
    expect(tm.task(1).gate.channels[0]!.records).toBe(6);
  });

  test('with commitOn barrier is visible before its checkpoint is complete: the mistake that laboratories ask for', () => {
    const tm = lab({}, 'barrier');
    tm.pass(150);
    expect(tm.checkpoint(1).length).toBe(2);
    expect(tm.committed()).toEqual(['a@0']);
  });
});

describe('a failed request', () => {
  test.each(['sink-open', 'sink-write', 'sink-prepare', 'sink-commit'] as const)('to %s is sent again', (kind) => {
    const tm = new Lab({ job: copy(), topics: { rows: [rows('a@1 b@2')] } });
    tm.register();
    tm.holding.add(kind);
    tm.deployAll();
    tm.pass(200);
    tm.trigger(1);
    tm.run();
    if (kind === 'sink-commit') tm.complete(1, true);
    tm.fail(kind, 'unknown');
    expect(tm.waiting(kind)).toEqual([]);
    tm.holding.delete(kind);
    tm.pass(tm.options.requestRetryMs);
    if (kind === 'sink-open') tm.pass(200);
    if (kind === 'sink-open') tm.trigger(2);
    tm.run();
    tm.complete(kind === 'sink-open' ? 2 : 1, true);
    tm.run();
    expect(tm.committed()).toEqual(['a@1', 'b@2']);
    expect(tm.state.tasks).toEqual([]);
  });

  test('commit does not let FINISHED be said before it is done', () => {
    const tm = new Lab({ job: copy(), topics: { rows: [rows('a@1')] } });
    tm.register();
    tm.deployAll();
    tm.pass(200);
    tm.checkpoint(1);
    tm.holding.add('sink-commit');
    tm.reports();
    tm.complete(1, true);
    tm.run();
    expect(tm.reports()).toEqual(['0/0#1 FINISHED']);
    tm.answer('sink-commit');
    expect(tm.reports()).toEqual(['1/0#1 FINISHED']);
  });
});

describe('a refusal', () => {
  test.each([
    ['fenced', /1\/0#1 FAILED: sink "out" refused \(fenced\)/],
    ['unknown-transaction', /1\/0#1 FAILED: sink "out" refused \(unknown-transaction\)/],
  ] as const)('(%s) fails the task', (reason, sentence) => {
    const tm = lab();
    tm.pass(150);
    tm.checkpoint(1);
    tm.holding.add('sink-commit');
    tm.complete(1);
    tm.run();
    tm.answer('sink-commit', { kind: 'sink-refused', reason });
    expect(tm.reports().at(-1)).toMatch(sentence);
  });

  test('of a record that the format of the sink cannot say fails the task', () => {
    const tm = lab();
    tm.holding.add('sink-write');
    tm.pass(150);
    tm.checkpoint(1);
    tm.answer('sink-write', { kind: 'record-refused', text: 'a record is no object' });
    expect(tm.reports().at(-1)).toBe('1/0#1 FAILED: sink "out" cannot write a record: a record is no object');
  });

  test('of a source, which is not what was read of it, fails the task', () => {
    const tm = lab();
    tm.holding.add('source-read');
    tm.deployAll(2);
    tm.run();
    tm.take('task-state-changed');
    const reason = { kind: 'io', code: null, text: 'rows.jsonl: it is not the file that was read' } as const;
    tm.answer('source-read', { kind: 'source-refused', reason, stack: null });
    expect(tm.reports().at(-1)).toBe(
      '0/0#2 FAILED: split 0 of "rows" cannot be read: rows.jsonl: it is not the file that was read',
    );
  });

  test('of a zombie: a later attempt opened the sink', () => {
    const tm = lab();
    tm.pass(150);
    const token = { epoch: 2, attempt: 1 };
    const caller = { node: 'tm-2', incarnation: 1, request: 1 };
    tm.services.apply({ kind: 'sink-open', sink: 'out', writer: 'job-1/out/0', token, keep: [] }, caller);
    tm.checkpoint(1);
    expect(tm.reports().at(-1)).toMatch(/FAILED: sink "out" refused \(fenced\)/);
    expect(tm.take('acknowledge-checkpoint').filter((ack) => ack.attempt.vertex === 1)).toEqual([]);
  });
});

describe('a restored sink', () => {
  test('keeps and commits what its checkpoint remembers, and aborts what came after', () => {
    const tm = lab();
    tm.pass(150);
    tm.checkpoint(1);
    tm.pass(100);
    const acks = tm.checkpoint(2); // both pending: no notification came
    tm.pass(100);
    tm.checkpoint(3);
    tm.deployAll(2, restoreFrom(acks));
    expect(tm.committed()).toEqual(['a@0', 'b@100']);
    expect(prepared(tm)).toEqual([]);
    expect([...tm.services.sink.sinks.get('out')!.aborted]).toEqual(['job-1/out/0/chk-2/e1-a1']);
    tm.pass(2_000);
    tm.checkpoint(4);
    tm.complete(4, true);
    tm.run();
    expect(tm.committed()).toEqual(['a@0', 'b@100', 'c@200', 'd@300', 'e@400', 'f@500']);
  });

  test('opens under its token and names what it keeps before it writes or commits anything', () => {
    const tm = lab();
    tm.pass(150);
    const acks = tm.checkpoint(1);
    for (const kind of ['sink-open', 'sink-commit', 'sink-write']) tm.holding.add(kind);
    tm.deployAll(2, restoreFrom(acks));
    tm.pass(500);
    expect(tm.held.filter((held) => held.request.kind.startsWith('sink')).map((held) => held.request)).toEqual([
      {
        kind: 'sink-open',
        sink: 'out',
        writer: 'job-1/out/0',
        token: { epoch: 1, attempt: 2 },
        keep: ['job-1/out/0/chk-0/e1-a1'],
      },
    ]);
    tm.answer('sink-open');
    expect(namesOf(tm.waiting('sink-commit'))).toEqual(['job-1/out/0/chk-0/e1-a1']);
  });
});
