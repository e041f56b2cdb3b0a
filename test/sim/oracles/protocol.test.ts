// One good history of two leaders, three deployments and four checkpoints: no oracle objects to it.
import { expect, test } from 'vitest';
import { checkpointsKey, counterKey, jobKey, resultKey } from '../../../src/core/protocol/ha-keys.ts';
import type { Note } from '../../../src/core/protocol/notes.ts';
import { encodeResult } from '../../../src/core/protocol/records-codec.ts';
import { clusterOracles } from '../../../src/sim/oracles/cluster-oracles.ts';
import { History } from './history.ts';
import {
  attemptOf,
  completeCheckpoint,
  contextOf,
  counting,
  deployAll,
  JOB,
  nodeOf,
  places,
  restoring,
  windowing,
  type CheckpointPlan,
} from './small-job.ts';
import { ENDED } from '../../core/jobmanager/sample-job.ts';

function transactionsOf(
  id: number,
  run: { readonly epoch: number; readonly attempt: number },
): NonNullable<CheckpointPlan['transactions']> {
  return (subtask) => [
    { checkpointId: id, transaction: `${JOB}/out/${subtask}/chk-${id}/e${run.epoch}-a${run.attempt}` },
  ];
}

function writerOf(subtask: number, token: { readonly epoch: number; readonly attempt: number }) {
  return { sink: 'counts', writer: `${JOB}/out/${subtask}`, token: { epoch: token.epoch, attempt: token.attempt } };
}

function noteRestart(history: History, { epoch, attempt }: CheckpointPlan, jm: string): void {
  const failed = { kind: 'connection-lost', peer: 'tm-2' } as const;
  const reason = { kind: 'execution-failed', attempt: attemptOf(1, 0, attempt), reason: failed } as const;
  const note: Note = { kind: 'job-restarting', jobId: JOB, epoch, attempt, reason };
  history.step(jm, [{ effect: 'note', note }]);
}

function goodRun(history: History, context: ReturnType<typeof contextOf>): void {
  const plans: CheckpointPlan[] = [
    { id: 1, epoch: 1, attempt: 1, positions: [1, 0] },
    { id: 2, epoch: 1, attempt: 2, positions: [3, 2] },
    { id: 3, epoch: 2, attempt: 1, positions: [4, 3] },
    { id: 5, epoch: 2, attempt: 1, positions: [5, 4] },
  ];
  let handles: Parameters<typeof deployAll>[3] = () => null;
  let before: CheckpointPlan | null = null;
  for (const planned of plans) {
    const plan = { ...planned, transactions: transactionsOf(planned.id, planned) };
    const jm = `jm-${plan.epoch}`;
    history.nowMs += 100;
    if (before !== null) history.observe({ kind: 'connection-broke', from: 'tm-1', to: 'tm-2', streamClass: 'data' }); // why the job restarts
    if (before?.epoch === plan.epoch && before.attempt !== plan.attempt) noteRestart(history, before, jm);
    if (before !== null && before.epoch !== plan.epoch)
      history.observe({ kind: 'service-cut', node: 'jm-1', service: 'ha', until: 1_000 * history.nowMs }); // why another leads
    if (before?.epoch !== plan.epoch) history.lead(jm, plan.epoch);
    if (before?.epoch !== plan.epoch || before.attempt !== plan.attempt) deployAll(history, context, plan, handles, jm);
    for (const subtask of [0, 1]) {
      history.openSink(nodeOf(subtask), writerOf(subtask, plan), []);
      for (const { transaction } of plan.transactions(subtask))
        history.prepare(nodeOf(subtask), writerOf(subtask, plan), transaction, []);
    }
    const completed = completeCheckpoint(history, context, plan, jm);
    for (const subtask of [0, 1]) {
      for (const { transaction } of plan.transactions(subtask))
        history.commit(nodeOf(subtask), writerOf(subtask, plan), transaction);
    }
    // What nobody needs any more is deleted.
    for (const name of history.blobs.keys())
      if (before !== null && name.includes(`/chk-${before.id}/`)) history.delete(jm, name);
    handles = restoring(completed);
    before = plan;
  }
}

test.each([
  ['counting', counting],
  ['windowing', windowing],
])('a good history of %s passes all oracles but those of the output', (_, job) => {
  const context = contextOf(job);
  for (const oracle of clusterOracles([context])) {
    if (oracle.name === 'O-exact') continue;
    const history = new History(oracle);
    goodRun(history, context);
    expect([oracle.name, ...history.sentences]).toEqual([oracle.name]);
  }
});

test('and so does its end', () => {
  const context = contextOf(counting, { reference: false, check: () => null });
  for (const oracle of clusterOracles([context])) {
    const history = new History(oracle);
    goodRun(history, context);
    history.observe({ kind: 'faults-stopped' });
    const result = { jobId: JOB, ...ENDED, status: 'FINISHED', reason: null } as const;
    history.writeHa('jm-2', resultKey(JOB), encodeResult({ ...result, clean: false }), 2);
    for (const key of [checkpointsKey(JOB), counterKey(JOB), jobKey(JOB)]) history.writeHa('jm-2', key, null, 2);
    for (const name of history.blobs.keys()) history.delete('jm-2', name);
    history.writeHa('jm-2', resultKey(JOB), encodeResult({ ...result, clean: true }), 2);
    history.nowMs += 100_000;
    history.finish();
    expect([oracle.name, ...history.sentences]).toEqual([oracle.name]);
  }
  expect(places).toHaveLength(4);
});
