// The options of `millrace jobmanager` and `millrace taskmanager`, and the help that is made of them.
import { commandWords } from '../../layout.ts';
import { describeOptions } from '../arguments.ts';
import type { OptionRow } from '../arguments.ts';

export type ProcessRole = 'jobmanager' | 'taskmanager';

export interface ProcessOption extends OptionRow {
  readonly required?: true;
}

const shared: readonly ProcessOption[] = [
  { name: 'ha', value: 'FOLDER', about: 'the HA service, the same for all processes', required: true },
  { name: 'storage', value: 'FOLDER', about: 'checkpoints, the same for all processes', required: true },
  {
    name: 'sinks',
    value: 'FOLDER',
    about: 'what is committed: <sink>/part-…, the same for all processes',
    required: true,
  },
  { name: 'work', value: 'FOLDER', about: 'of this process alone; it outlives the process', required: true },
  { name: 'listen', value: 'HOST:PORT', about: 'default 127.0.0.1:0, any port of this machine' },
  { name: 'advertise', value: 'HOST:PORT', about: 'under which others reach it; default: where it listens' },
  { name: 'set', value: 'KEY=VALUE', about: 'set an option of the cluster; may be repeated', repeatable: true },
  {
    name: 'stream-silence',
    value: 'MS',
    about: 'a connection is given up when its other end says nothing for longer; default: heartbeatTimeoutMs',
  },
  { name: 'trace', value: 'FILE', about: 'add every step as a JSON line' },
  { name: 'run-started-at', value: 'MS', about: 'wall time from which a trace counts; default: the start' },
  { name: 'help', value: null, about: 'this text' },
];

const ofTaskManager: readonly ProcessOption[] = [
  { name: 'slots', value: 'NUMBER', about: 'tasks of one job side by side; default 1' },
  { name: 'sources', value: 'FOLDER', about: 'topics: <topic>/<split>.jsonl', required: true },
  { name: 'artifacts', value: 'FOLDER', about: 'bundles of jobs: <sha256>.mjs', required: true },
];

export const processOptions: Readonly<Record<ProcessRole, readonly ProcessOption[]>> = {
  jobmanager: shared,
  taskmanager: [...ofTaskManager, ...shared],
};

export function processHelp(role: ProcessRole): string {
  const name = role === 'jobmanager' ? 'JobManager' : 'TaskManager';
  return `${commandWords(role)} [options]

One ${name} on real TCP. When it is up it prints one JSON line: role, address, listening, incarnation, pid. SIGTERM stops it in good
order; so does the end of its standard input, where that is a pipe.

${describeOptions(processOptions[role])}
`;
}
