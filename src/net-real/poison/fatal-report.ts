// Node's report of a fatal error: the proof that a process died of its full heap, which runs no code of ours.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'fatal-report.json';
const OUT_OF_MEMORY = 'OOMError';

/** From here on a full heap leaves a report in this folder; without what the environment holds, and without looking up names of hosts. */
export function reportFatalErrors(folder: string): void {
  const { report } = process;
  Object.assign(report, { compact: true, excludeEnv: true, excludeNetwork: true });
  report.directory = folder;
  report.filename = FILE;
  report.reportOnFatalError = true;
}

/** Whether the process before this one died of a full heap. Takes the report away. */
export function takeOutOfMemory(folder: string): boolean {
  const path = join(folder, FILE);
  try {
    const { header } = JSON.parse(readFileSync(path, 'utf8')) as { readonly header?: { readonly trigger?: string } };
    return header?.trigger === OUT_OF_MEMORY;
  } catch {
    return false; // there is none, or it is half of one
  } finally {
    rmSync(path, { force: true });
  }
}
