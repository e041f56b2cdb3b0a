// The file of a process's trace.
import { closeSync, openSync, writeSync } from 'node:fs';
import type { TraceOptions } from './trace-lines.ts';

export interface TraceFile {
  readonly path: string;
  /** Wall time in ms, the same for all processes of a run; null: when this one starts. */
  readonly runStartedAt: number | null;
}

export interface OpenTrace {
  readonly options: TraceOptions;
  close(): void;
}

/** Each line is written at once, so that whoever kills the process knows what it did. A full disk ends the trace, not the process. */
export function openTrace(file: TraceFile | null, log: (line: string) => void): OpenTrace | null {
  if (file === null) return null;
  const { path, runStartedAt } = file;
  const descriptor = openSync(path, 'a');
  let isBroken = false;
  const write = (line: string): void => {
    if (isBroken) return;
    try {
      writeSync(descriptor, `${line}\n`);
    } catch (error) {
      isBroken = true;
      log(`the trace ends here: ${(error as Error).message}`);
    }
  };
  return {
    options: {
      onLine: write,
      ...(runStartedAt === null ? {} : { runStartedAt }),
    },
    close: () => closeSync(descriptor),
  };
}
