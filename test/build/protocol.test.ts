// docs/protocol.md is what the sources of core say today, and nothing is declared there that nothing uses.
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findingsIn } from '../../build/protocol/findings.ts';
import { renderProtocol } from '../../build/protocol/markdown.ts';
import { readProtocol } from '../../build/protocol/protocol.ts';
import { readSources } from '../../build/protocol/sources.ts';
import { packageFolder } from '../../src/layout.ts';

const protocol = readProtocol(readSources());
const planted = join(packageFolder, '.cache', `protocol-${process.pid}`);

afterAll(() => rmSync(planted, { recursive: true, force: true }));

test('docs/protocol.md is current: `npm run docs` writes it', () => {
  expect(readFileSync(join(packageFolder, 'docs', 'protocol.md'), 'utf8')).toBe(renderProtocol(protocol));
});

test('every state is entered, every message is sent and taken, every timer is set', () => {
  expect(findingsIn(protocol)).toEqual([]);
});

/** A copy of core, changed in one place each. */
function plant(changes: readonly (readonly [file: string, before: string, after: string])[]): void {
  mkdirSync(planted, { recursive: true });
  cpSync(join(packageFolder, 'src', 'core'), join(planted, 'src', 'core'), { recursive: true });
  for (const [file, before, after] of changes) {
    const path = join(planted, 'src', 'core', file);
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(before);
    writeFileSync(path, text.replace(before, after));
  }
}

test('what nothing uses is named', () => {
  plant([
    ['protocol/messages.ts', "  'remove-job':", "  'forget-job': { readonly jobId: string };\n  'remove-job':"],
    ['protocol/messages.ts', "  'deploy-task':", "  'undeploy-task': Registered;\n  'deploy-task':"],
    [
      'taskmanager/to-leader.ts',
      'export function sendToLeader',
      "export const forget = (out: ClusterOutbox) => out.send('a', 'forget-job', { jobId: '' });\n\nexport function sendToLeader",
    ],
    ['taskmanager/state.ts', "'register' | 'leader-silent'", "'register' | 'nap' | 'leader-silent'"],
    ['jobmanager/transitions.ts', "  RESTARTING: ['RUNNING'],", "  RESTARTING: ['RUNNING'],\n  LOST: [],"],
    [
      'protocol/purposes.ts',
      "  | { readonly kind: 'open-sink' }",
      "  | { readonly kind: 'open-sink' }\n  | { readonly kind: 'close-split' }",
    ],
  ]);
  expect(findingsIn(readProtocol(readSources(planted)))).toEqual([
    'regionTransitions: LOST has no comment',
    'regionTransitions: no code enters LOST',
    'forget-job: nobody takes it',
    'undeploy-task: nobody sends it',
    'undeploy-task: nobody takes it',
    'timer nap: nobody sets it',
    'purpose close-split: nothing is asked for it',
  ]);
});

test('a state that is excused, and entered, is named', () => {
  plant([['task/initialization.ts', "moveTask(task, 'INITIALIZING'", "moveTask(task, 'SCHEDULED'"]]);
  expect(findingsIn(readProtocol(readSources(planted)))).toEqual([
    'taskTransitions: no transition leads to SCHEDULED, which startTask enters',
    'taskTransitions: no code enters INITIALIZING',
    'it is excused, and not so: taskTransitions: no code enters SCHEDULED',
  ]);
});

test('a message says who sends and takes it, and what it carries', () => {
  const abort = protocol.messages.find(({ kind }) => kind === 'abort-checkpoint');
  expect(abort).toEqual({
    kind: 'abort-checkpoint',
    between: 'CheckpointCoordinator <-> tasks',
    about: 'The checkpoint is given up. `latestCompletedId` makes up for a lost notification.',
    fields: [
      { name: 'incarnation', type: 'number', about: '' },
      { name: 'epoch', type: 'number', about: '' },
      { name: 'attempt', type: 'AttemptId', about: '' },
      { name: 'checkpointId', type: 'number', about: '' },
      { name: 'latestCompletedId', type: 'number', about: '' },
    ],
    sentBy: [{ name: 'abortCheckpoint', file: 'src/core/jobmanager/checkpoints/end.ts', role: 'JobManager' }],
    takenBy: [
      { role: 'TaskManager', handler: 'onCheckpointMessage' },
      { role: 'task', handler: 'onAbort' },
    ],
  });
});

test('a state says what it means, where it leads and who enters it', () => {
  const region = protocol.tables.find(({ name }) => name === 'regionTransitions');
  expect(region?.first).toEqual(['RUNNING']);
  expect(region?.states.map(({ name, next, enteredBy }) => [name, next, enteredBy.map((place) => place.name)])).toEqual(
    [
      ['RUNNING', ['RESTARTING'], ['beginAgain']],
      ['RESTARTING', ['RUNNING'], ['beginRestart']],
    ],
  );
});
