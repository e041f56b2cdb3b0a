// Job artifacts from the storage folder (artifact-store.ts). The bytes of a module are checked against its name before it is imported. An artifact is
// named by that hash; of a module with several jobs it is `<sha256>/job-<number>`, from 1 in the order of `scenario.jobs`.
import { pathToFileURL } from 'node:url';
import type { JobProgram } from '../core/graph/functions.ts';
import type { PortAnswer } from '../core/protocol/ports.ts';
import type { ArtifactReason } from '../core/protocol/reasons.ts';
import { messageOf } from '../core/base/stack-lines.ts';
import { readArtifact } from './artifact-store.ts';
import { jobStack } from './job-stack.ts';
import { createPort } from './port-answers.ts';
import type { Port } from './port.ts';

export interface ArtifactFilesOptions {
  /** The folder of checkpoint storage. */
  readonly storage: string;
  /** Programs by hash: the table that the machine was given. It only grows. */
  readonly table: Map<string, JobProgram>;
}

export function artifactFiles({ storage, table }: ArtifactFilesOptions): Port {
  return createPort(
    ['artifact-load'],
    ({ hash }) => load(storage, table, hash),
    async () => {},
  );
}

/** What the name of an artifact says. */
interface ArtifactName {
  readonly hash: string;
  /** From 1; null: the only one. */
  readonly job: number | null;
}

function parseName(name: string): ArtifactName | null {
  const found = /^([0-9a-f]{64})(?:\/job-([1-9]\d{0,5}))?$/.exec(name);
  if (found === null) return null;
  const [, hash = '', job] = found;
  return { hash, job: job === undefined ? null : Number(job) };
}

async function load(storage: string, table: Map<string, JobProgram>, name: string): Promise<PortAnswer> {
  if (table.has(name)) return { kind: 'artifact-loaded', hash: name };
  const parsed = parseName(name);
  if (parsed === null) return refused({ kind: 'artifact-unnamed', hash: name });
  const { hash, job } = parsed;
  const found = await readArtifact({ storage, hash });
  if (found.kind === 'missing') return refused({ kind: 'artifact-missing', hash, path: found.path });
  if (found.kind === 'damaged') return refused({ kind: 'artifact-damaged', path: found.path, found: found.found });
  const program = await importProgram(found.path, job);
  if ('kind' in program) return refused(program);
  table.set(name, program);
  return { kind: 'artifact-loaded', hash: name };
}

/** What an artifact exports, whose bytes were checked. A module is loaded once, however many of its jobs are. */
export async function importArtifact(path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}

async function importProgram(path: string, job: number | null): Promise<JobProgram | ArtifactReason> {
  let module: unknown;
  try {
    module = await importArtifact(path);
  } catch (error) {
    return { kind: 'artifact-not-importable', path, text: messageOf(error), stack: jobStack(error) };
  }
  return programIn(module, job) ?? { kind: 'artifact-without-job', path };
}

/** That of the numbered one of `scenario.jobs`; of the only one, `scenario.job`, or `job`. */
function programIn(module: unknown, number: number | null): JobProgram | null {
  const { scenario, job } = module as { readonly scenario?: Jobs; readonly job?: Job };
  const program = (number === null ? onlyJob(scenario, job) : scenario?.jobs?.[number - 1]?.job)?.program;
  return program?.functions instanceof Map ? (program as JobProgram) : null;
}

function onlyJob(scenario: Jobs | undefined, job: Job | undefined): Job | undefined {
  const [only, ...others] = scenario?.jobs ?? [];
  return scenario?.job ?? (others.length === 0 ? only?.job : undefined) ?? job;
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
