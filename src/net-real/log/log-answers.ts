// What a process answers of its logs when another one asks: the one whose REST somebody reads.
import type { Answers } from '../questions/desk.ts';
import type { KeptLogs } from './kept-logs.ts';

/** Of a log, an answer holds no more bytes: they go between heartbeats, in the same stream. */
export const ANSWERED_BYTES_MAX = 256 * 1_024;
/** More are not listed: a process writes some ten. */
const FILES_MAX = 1_000;

/** @param logs null: the process keeps none */
export function logAnswers(logs: KeptLogs | null): Pick<Answers, 'logs' | 'log'> {
  const kept = (): KeptLogs => {
    if (logs === null) throw new Error('the process keeps no logs');
    return logs;
  };
  return {
    logs: () => ({ kind: 'logs', process: kept().process, files: kept().list().slice(0, FILES_MAX) }),
    log: ({ name, lines }) => ({ kind: 'log', text: kept().read(name, lines, ANSWERED_BYTES_MAX) }),
  };
}
