// Whether a job can be started from the files of a savepoint alone, on a cluster that has never heard of it, and how.
import { dirname } from 'node:path';
import { readSavepointFolder, type SavepointFolder } from '../../net-real/savepoint-folder.ts';
import { commandHere, quote, shownPath } from '../files.ts';
import { count } from '../terminal.ts';
import { describeBytes, fail, ok, warn, type Finding } from './check.ts';

/** @param folder of the savepoint, absolute */
export function checkSavepoint(folder: string): readonly Finding[] {
  const found = readSavepointFolder(folder);
  if (!found.ok) return [fail('savepoint', found.reason, 'copy the folder again from where it is whole')];
  const { value } = found;
  return [whole(folder, value), code(value), output(value), start(folder, value)];
}

function whole(folder: string, { metadata, blobs }: SavepointFolder): Finding {
  const { jobId, checkpointId, vertices, maxParallelism } = metadata;
  const bytes = blobs.reduce((sum, { handle }) => sum + handle.sizeBytes, 0);
  const tasks = vertices.reduce((sum, { parallelism }) => sum + parallelism, 0);
  const isSplit = blobs.some(({ path }) => dirname(path) !== folder);
  return ok(
    'savepoint',
    `${shownPath(folder)}: checkpoint ${checkpointId} of job ${jobId}, ${count(tasks, 'subtask')}, maxParallelism ${maxParallelism}; all ${count(blobs.length, 'file')} (${describeBytes(bytes)}) are whole${isSplit ? ', some of them in folders of other checkpoints' : ''}`,
  );
}

function code({ code: found, damagedCode }: SavepointFolder): Finding {
  const [damaged] = damagedCode;
  if (found.length > 0) return ok('code', found.map(({ path, name }) => `${name}, ${shownPath(path)}`).join('; '));
  const lack =
    damaged === undefined ? '' : `; ${shownPath(damaged)} is damaged, as its bytes are not those of its name`;
  return warn(
    'code',
    `no artifact beside it has its operators: a savepoint holds state and no code${lack}`,
    'submit the job from its file, or copy the folder artifacts of the storage beside that of the job',
  );
}

function output({ metadata }: SavepointFolder): Finding {
  const open = metadata.subtasks.reduce((sum, { transactions }) => sum + transactions.length, 0);
  const sinks = metadata.vertices.flatMap(({ operators }) => operators.flatMap(({ sink }) => sink ?? []));
  const names = [...new Set(sinks)].join(', ');
  const about = 'output';
  if (open === 0) return ok(about, `all that it covers was committed to ${names} before it was completed`);
  return warn(
    about,
    `${count(open, 'transaction')} that it covers may not have been committed to ${names} when it was completed`,
    'a job that was stopped with it committed them before it ended; else they are where the sinks of the old cluster are, and a job that starts elsewhere goes on behind them',
  );
}

/** Under which it is adopted, where nobody says another name. */
export function adoptedName({ metadata }: SavepointFolder): string {
  return `adopted-${metadata.checkpointId}`;
}

function start(folder: string, found: SavepointFolder): Finding {
  const file = found.code[0]?.path ?? null;
  const job = file === null ? 'JOB_FILE' : quote(shownPath(file));
  const lines = [
    `${commandHere('adopt')} ${quote(shownPath(folder))}`,
    commandHere('cluster'),
    `${commandHere('submit')} ${job} --from-savepoint millrace:${found.metadata.jobId}/${adoptedName(found)}`,
  ];
  return ok('start', `on a cluster none of whose processes runs yet: ${lines.join('; ')}`);
}
