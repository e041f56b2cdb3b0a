// A job that nobody accepts: told who was asked, and for how long.
import { expect, test } from 'vitest';
import { submit, Unanswered } from '../../../src/cli/run/submission.ts';
import { defineJob } from '../../../src/core/graph/define-job.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { LEADER_KEY } from '../../../src/core/protocol/ha-keys.ts';
import { clusterFolder } from '../../../src/net-real/cluster-folder.ts';
import { haDirectory } from '../../../src/net-real/ha-directory.ts';
import { temporaryFolder } from '../../net-real/temporary-folder.ts';

const folder = temporaryFolder();

const { graph } = defineJob('j', (env) =>
  env.fromSource<number>('n', { topic: 'n', splits: 1 }).sinkTo('out', { sink: 'out' }),
);
const job = { name: 'j', graph, artifact: { hash: '', contents: new Uint8Array([1]) } } as never;

async function unansweredIn(root: string): Promise<unknown> {
  const there = clusterFolder(root);
  const submission = await submit(job, 'j-1', {
    folder: there,
    ha: there.ha,
    work: folder.path('work'),
    set: {},
    trust: {},
  });
  const ended = submission.ended(new AbortController().signal, 300).catch((error: unknown) => error);
  const error = await ended;
  expect(submission.isAccepted()).toBe(false);
  await submission.close();
  return error;
}

test('nobody leads', async () => {
  const error = await unansweredIn(folder.path('c'));
  expect(error).toBeInstanceOf(Unanswered);
  expect((error as Error).message).toBe(
    'no leader has answered for 0.3 s: nobody leads; whether job j-1 was accepted is not known',
  );
});

test('who leads does not answer', async () => {
  const { ha, root } = clusterFolder(folder.path('c'));
  const service = haDirectory({ folder: ha });
  const value = encodeLeader({ epoch: 1, address: '127.0.0.1:1', resigned: false });
  await service.request({ kind: 'ha-write', key: LEADER_KEY, value, ifRevision: 0, ifEpoch: null });
  await service.close();
  expect((await unansweredIn(root)) as Error).toMatchObject({
    message: expect.stringContaining('127.0.0.1:1 leads with epoch 1, and was asked'),
  });
});
