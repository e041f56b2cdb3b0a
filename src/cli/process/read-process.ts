// From words of a command line to the configuration of a process. Pure, but for paths, which are the user's.
import { withDefaults } from '../../core/base/options.ts';
import type { Result } from '../../core/base/value.ts';
import { SLOTS_MAX } from '../../core/jobmanager/resource-manager.ts';
import { clusterOptionTable, contradictionOf } from '../../core/protocol/cluster-options.ts';
import { parseEndpoint } from '../../net-real/endpoint.ts';
import type { JobManagerConfig, ProcessConfig, TaskManagerConfig } from '../../net-real/processes.ts';
import { readArguments } from '../arguments.ts';
import { fromUser } from '../files.ts';
import { readSet } from '../set-option.ts';
import { processOptions, type ProcessRole } from './options.ts';

export type ProcessCommand =
  | { readonly kind: 'help' }
  | { readonly kind: 'jobmanager'; readonly config: Omit<JobManagerConfig, 'log'> }
  | { readonly kind: 'taskmanager'; readonly config: Omit<TaskManagerConfig, 'log' | 'watchdog'> };

export function readProcessCommand(role: ProcessRole, words: readonly string[]): Result<ProcessCommand> {
  const rows = processOptions[role];
  const line = readArguments(rows, words, clusterOptionTable);
  if (!line.ok) return line;
  const { options, bare } = line.value;
  if (options.has('help')) return { ok: true, value: { kind: 'help' } };
  if (bare.length > 0) return { ok: false, reason: `"${bare[0]}" belongs to no option of ${role}` };
  const missing = rows.find((row) => row.required && !options.has(row.name));
  if (missing !== undefined)
    return { ok: false, reason: `${role} needs --${missing.name} ${missing.value}: ${missing.about}` };

  const only = (name: string): string | null => options.get(name)?.[0] ?? null;
  const config = readShared(only, options.get('set') ?? []);
  if (!config.ok) return config;
  const sinks = fromUser(only('sinks') ?? '');
  if (role === 'jobmanager') return { ok: true, value: { kind: 'jobmanager', config: { ...config.value, sinks } } };
  const slots = readNumber('slots', only('slots') ?? '1', 1, SLOTS_MAX);
  if (!slots.ok) return slots;
  const folder = (name: string): string => fromUser(only(name) ?? '');
  const folders = { sources: folder('sources'), sinks, artifacts: folder('artifacts') };
  return { ok: true, value: { kind: 'taskmanager', config: { ...config.value, ...folders, slots: slots.value } } };
}

function readShared(
  only: (name: string) => string | null,
  pairs: readonly string[],
): Result<Omit<ProcessConfig, 'log'>> {
  const set = readSet(clusterOptionTable, pairs);
  if (!set.ok) return set;
  const listen = only('listen') ?? '127.0.0.1:0';
  const advertise = only('advertise');
  for (const [name, text] of [
    ['listen', listen],
    ['advertise', advertise ?? listen],
  ] as const) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok) return { ok: false, reason: `--${name} ${endpoint.reason}` };
  }
  const startedAt = only('run-started-at');
  const runStartedAt = startedAt === null ? null : Number(startedAt);
  if (runStartedAt !== null && !(runStartedAt > 0))
    return { ok: false, reason: `--run-started-at ${startedAt}: expected a wall time in ms` };
  const silence = readSilence(only('stream-silence'));
  if (!silence.ok) return silence;
  const trace = only('trace');
  const options = withDefaults(clusterOptionTable, set.value);
  const contradiction = contradictionOf(options);
  if (contradiction !== null) return { ok: false, reason: contradiction };
  return {
    ok: true,
    value: {
      listen,
      advertise,
      ha: fromUser(only('ha') ?? ''),
      storage: fromUser(only('storage') ?? ''),
      work: fromUser(only('work') ?? ''),
      trace: trace === null ? null : { path: fromUser(trace), runStartedAt },
      options,
      ...silence.value,
    },
  };
}

const SILENCE_MS = { min: 50, max: 3_600_000 }; // as heartbeatTimeoutMs

function readSilence(text: string | null): Result<Pick<ProcessConfig, 'streamSilenceMs'>> {
  if (text === null) return { ok: true, value: {} };
  const read = readNumber('stream-silence', text, SILENCE_MS.min, SILENCE_MS.max);
  return read.ok ? { ok: true, value: { streamSilenceMs: read.value } } : read;
}

function readNumber(name: string, text: string, min: number, max: number): Result<number> {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max
    ? { ok: true, value }
    : { ok: false, reason: `--${name} ${text}: expected a whole number from ${min} to ${max}` };
}
