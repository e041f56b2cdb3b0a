// A line of the log of a process, as data; its two forms: a JSON line for programs, text for people.

import type { Reason } from '../../core/protocol/reasons.ts';
import { stackOf, withStack } from '../../core/protocol/stack-of.ts';

/** Gravest first. */
export const logLevels = ['error', 'warn', 'info', 'debug'] as const;

/** error: somebody must act. warn: it goes on, and somebody should know. info: what happened. debug: all that is noted. */
export type LogLevel = (typeof logLevels)[number];

export interface LogRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly level: LogLevel;
  /** Name of the process in its cluster. */
  readonly process: string;
  /** Of a note, or of what the process says of itself (process-log.ts). */
  readonly kind: string;
  readonly message: string;
  /** Lines like this one that were left out since the last: they came faster than anybody reads. */
  readonly more?: number;
  /** The note, without its kind. */
  readonly data?: object;
}

/** Whether a line of this level is written where `least` is the least grave one. */
export function isLogged(level: LogLevel, least: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(least);
}

export function formatJson({ time, level, process, kind, message, more, data }: LogRecord): string {
  return JSON.stringify({ time, level, process, kind, message, more, data });
}

/** One line, and below it the stack of what code of a job threw. */
export function formatText({ time, level, process, message, more, data }: LogRecord): string {
  const repeated = more === undefined ? '' : ` (and ${more} more like it since the last line)`;
  const line = `${time} ${level.toUpperCase().padEnd(5)} ${process}  ${message}${repeated}`;
  return withStack(line, data === undefined ? null : stackIn(data));
}

/** Of a note with a reason; what a file holds may be anything. */
function stackIn(data: object): string | null {
  try {
    const stack: unknown = stackOf((data as { readonly reason: Reason }).reason);
    return typeof stack === 'string' ? stack : null;
  } catch {
    return null;
  }
}

/** Null: it is no such line, but what something else wrote there, or half of one. */
export function parseLogLine(line: string): LogRecord | null {
  if (!line.startsWith('{')) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  return isRecord(value) ? value : null;
}

function isRecord(value: unknown): value is LogRecord {
  const { time, level, process, kind, message } = value as Partial<LogRecord>;
  return (
    [time, process, kind, message].every((text) => typeof text === 'string') &&
    (logLevels as readonly unknown[]).includes(level)
  );
}
