// Job artifacts in a directory: `<folder>/<sha256>.mjs`, a bundled module. Its bytes are checked against its name before it is imported.
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JobProgram } from '../core/graph/functions.ts';
import type { PortAnswer } from '../core/protocol/ports.ts';
import type { ArtifactReason } from '../core/protocol/reasons.ts';
import { messageOf } from '../core/base/stack-lines.ts';
import { nodeDisk } from './disk.ts';
import { createPort } from './port-answers.ts';
import type { Port } from './port.ts';

export interface ArtifactFilesOptions {
  readonly folder: string;
  /** Programs by hash: the table that the machine was given. It only grows. */
  readonly table: Map<string, JobProgram>;
}

export function artifactFiles({ folder, table }: ArtifactFilesOptions): Port {
  return createPort(
    ['artifact-load'],
    ({ hash }) => load(resolve(folder), table, hash),
    async () => {},
  );
}

async function load(folder: string, table: Map<string, JobProgram>, hash: string): Promise<PortAnswer> {
  if (table.has(hash)) return { kind: 'artifact-loaded', hash };
  if (!/^[0-9a-f]{64}$/.test(hash)) return refused({ kind: 'artifact-unnamed', hash });
  const path = join(folder, `${hash}.mjs`);
  const bytes = await nodeDisk.read(path);
  if (bytes === null) return refused({ kind: 'artifact-missing', hash, path });
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== hash) return refused({ kind: 'artifact-damaged', path, found });
  return importProgram(path, table, hash);
}

async function importProgram(path: string, table: Map<string, JobProgram>, hash: string): Promise<PortAnswer> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    return refused({ kind: 'artifact-not-importable', path, text: messageOf(error) });
  }
  const program = programIn(module);
  if (program === null) return refused({ kind: 'artifact-without-job', path });
  table.set(hash, program);
  return { kind: 'artifact-loaded', hash };
}

/** `scenario.job.program`, that of the only one of `scenario.jobs`, or `job.program`. */
function programIn(module: unknown): JobProgram | null {
  const { scenario, job } = module as { readonly scenario?: Jobs; readonly job?: Job };
  const [only, ...others] = scenario?.jobs ?? [];
  const program = (scenario?.job ?? (others.length === 0 ? only?.job : undefined) ?? job)?.program;
  return program?.functions instanceof Map ? (program as JobProgram) : null;
}

interface Jobs {
  readonly job?: Job;
  readonly jobs?: readonly { readonly job?: Job }[];
}

interface Job {
  readonly program?: { readonly functions?: unknown };
}

function refused(reason: ArtifactReason): PortAnswer {
  return { kind: 'artifact-refused', reason };
}
