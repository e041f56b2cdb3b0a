// `millrace doctor`: looks at all that a cluster needs, and says what to do about what is missing.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ClusterFolder } from '../../net-real/cluster-folder.ts';
import type { OptionRow } from '../arguments.ts';
import { clusterFolderOf, haOf, readConfigured, withDefault } from '../cluster/read-cluster.ts';
import { configRow } from '../config/command.ts';
import { loadConfiguration } from '../config/load.ts';
import { exitCodes, UsageError, type ExitCode } from '../exit-codes.ts';
import { helpText } from '../help.ts';
import { fromUser } from '../files.ts';
import { readTrust, trustRows, type Trust } from '../trust-options.ts';
import { wrapText, type Terminal } from '../terminal.ts';
import type { Finding } from './check.ts';
import { checkAddress, checkHa, checkProcesses } from './cluster.ts';
import { checkFolders, checkModes, checkRoom } from './folders.ts';
import { checkClock, checkPort, checkVersions } from './host.ts';
import { checkRest } from './rest.ts';
import { checkSavepoint } from './savepoint.ts';
import { checkTrust } from './trust.ts';

const rows: readonly OptionRow[] = [
  withDefault('cluster'),
  withDefault('ha'),
  withDefault('storage'),
  withDefault('sinks'),
  withDefault('listen'),
  withDefault('advertise'),
  ...trustRows,
  {
    name: 'from',
    value: 'SAVEPOINT',
    about:
      'look at the files of a savepoint alone, wherever they lie, and say how a job starts from them: the folder JOB/chk-NUMBER of a storage',
  },
  { name: 'json', value: null, about: 'as a JSON array: about, status, says, advice' },
  configRow,
  { name: 'help', value: null, about: 'this text' },
];

export async function doctorCommand(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const read = readConfigured(rows, words, loadConfiguration);
  if (!read.ok) throw new UsageError(read.reason);
  if (read.value === null) {
    terminal.line(help());
    return exitCodes.pass;
  }
  const { line, valueOf } = read.value;
  if (line.bare.length > 0) throw new UsageError(`"${line.bare[0]}" belongs to no option of doctor`);
  const folder = clusterFolderOf(read.value);
  const from = line.options.get('from')?.[0] ?? null;
  const ha = haOf(line) ?? folder.ha;
  const trust = readTrust((name) => line.options.get(name)?.[0] ?? null, { ha, storage: folder.storage });
  if (!trust.ok) throw new UsageError(trust.reason);
  const findings =
    from === null
      ? await examine(folder, {
          ha,
          listen: valueOf('listen'),
          advertise: valueOf('advertise'),
          trust: trust.value,
        })
      : checkSavepoint(fromUser(from));
  if (line.options.has('json')) terminal.line(JSON.stringify(findings));
  else for (const finding of findings) terminal.line(describeFinding(finding));
  return findings.some(({ status }) => status === 'fail') ? exitCodes.unhealthy : exitCodes.pass;
}

interface Place {
  readonly ha: string;
  readonly listen: string;
  /** Empty: where a process listens. */
  readonly advertise: string;
  readonly trust: Trust;
}

async function examine(folder: ClusterFolder, { ha, listen, advertise, trust }: Place): Promise<readonly Finding[]> {
  const processes = checkProcesses(folder);
  const runs = processes.some(({ status }) => status === 'ok');
  const folders = checkFolders(folder, ha);
  const service = await checkHa(ha, runs);
  const isHaWell = !service.some(({ about, status }) => about === 'HA service' && status === 'fail');
  const canWrite = folders.every(({ status }) => status !== 'fail');
  return [
    checkVersions(),
    ...folders,
    ...checkModes(folder, ha),
    ...checkRoom(folder, ha),
    ...(canWrite ? [checkClock(nearest(folder.root))] : []),
    await checkPort('listen', listen, runs),
    ...(advertise === '' ? [] : [await checkAddress('advertise', advertise)]),
    ...checkTrust(trust, advertise === '' ? listen : advertise),
    ...service,
    ...processes,
    ...(await checkRest(folder, isHaWell)),
  ];
}

function nearest(path: string): string {
  return existsSync(path) ? path : nearest(dirname(path));
}

const WIDTH = 15;

function describeFinding({ about, status, says, advice }: Finding): string {
  const head = `${status.padEnd(5)} ${about.padEnd(WIDTH)}`;
  const found = wrapText(head, says);
  return advice === null ? found : `${found}\n${wrapText(`${' '.repeat(head.length)}-> `, advice)}`;
}

function help(): string {
  return helpText({
    command: 'doctor',
    words: '',
    about: `Looks at all that a cluster needs, and says what to do about what is missing: versions, folders and what their file system promises,
room and inodes, clocks, ports and names, the HA service and who leads, processes, what REST answers, checkpoints. It changes nothing; what it
writes to try folders goes again.`,
    options: rows,
    exits: { 0: 'a cluster can run, or does', 10: 'something stands in its way' },
  });
}
