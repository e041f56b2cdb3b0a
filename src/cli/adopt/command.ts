// `millrace adopt`: a savepoint of another cluster, of which nothing else need be left, becomes one of this cluster.
import { messageOf } from '../../core/base/stack-lines.ts';
import { isId } from '../../core/jobmanager/dispatcher.ts';
import { makeRoot } from '../../net-real/cluster-folder.ts';
import { haServiceAt } from '../../net-real/ha-service.ts';
import { describeHolder } from '../../net-real/holder.ts';
import { adoptSavepoint, readSavepointFolder } from '../../net-real/savepoint-folder.ts';
import type { OptionRow } from '../arguments.ts';
import { clusterFolderOf, haOf, readConfigured, withDefault } from '../cluster/read-cluster.ts';
import { configRow } from '../config/command.ts';
import { loadConfiguration } from '../config/load.ts';
import { livingProcesses } from '../doctor/cluster.ts';
import { adoptedName } from '../doctor/savepoint.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { commandHere, fromUser, shownPath } from '../files.ts';
import { helpText } from '../help.ts';
import type { Terminal } from '../terminal.ts';

const rows: readonly OptionRow[] = [
  withDefault('cluster'),
  withDefault('ha'),
  withDefault('storage'),
  {
    name: 'savepoint-id',
    value: 'ID',
    about: 'its name in this cluster; default: adopted- and the number of its checkpoint',
  },
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

export async function adoptCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(rows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const { line } = read.value;
  const [given, more] = line.bare;
  if (given === undefined) throw new UsageError('adopt needs the FOLDER of a savepoint');
  if (more !== undefined) throw new UsageError(`"${more}" belongs to no option of adopt`);
  const cluster = clusterFolderOf(read.value);
  const found = readSavepointFolder(fromUser(given));
  if (!found.ok) throw new UsageError(found.reason);
  const savepointId = line.options.get('savepoint-id')?.[0] ?? adoptedName(found.value);
  if (!isId(savepointId))
    throw new UsageError(`--savepoint-id ${savepointId}: a name has letters, digits, dots, dashes and underscores`);
  const [living] = livingProcesses(cluster);
  if (living !== undefined)
    throw new UsageError(
      `${living.name} of the cluster ${shownPath(cluster.root)} runs (${describeHolder(living.holder)}), and a leader reads savepoints when it begins: stop all of its processes first`,
    );
  const ha = await haServiceAt(haOf(line) ?? cluster.ha);
  makeRoot(cluster);
  await adoptSavepoint(found.value, { savepointId, storage: cluster.storage, ha, work: cluster.work }).catch(
    (error: unknown) => {
      throw new UsageError(`the savepoint cannot be adopted: ${messageOf(error)}`);
    },
  );
  const location = `millrace:${found.value.metadata.jobId}/${savepointId}`;
  terminal.line(`savepoint ${location} is one of ${shownPath(cluster.root)} now`);
  terminal.line(
    `start a job from it: ${commandHere('cluster')}; ${commandHere('submit')} FILE --from-savepoint ${location}`,
  );
  return exitCodes.pass;
}

function help(): string {
  return helpText({
    command: 'adopt',
    words: 'FOLDER',
    about: `Makes the savepoint in FOLDER one of this cluster, none of whose processes may run: its files are copied to the storage, and its name is
written to the HA service. FOLDER is JOB/chk-NUMBER of the storage of the cluster that made it, or a copy of that; nothing else of that cluster
is needed. Repeated, it does nothing. \`millrace doctor --from FOLDER\` says whether it is whole.`,
    options: rows,
    exits: { 0: 'it is adopted', 2: 'it is not whole, or cannot be written' },
  });
}
