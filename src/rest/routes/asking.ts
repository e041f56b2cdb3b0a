// What several endpoints ask for.
import type { Address } from '../../core/base/vocabulary.ts';
import type { JobDetails, SubtaskLine } from '../../core/protocol/overview.ts';
import { isTerminal } from '../../core/protocol/states.ts';
import { findVertex } from '../answers/jobs.ts';
import { Measured } from '../answers/measured.ts';
import { notFound } from '../rest-error.ts';
import type { Call } from '../route.ts';

export function param({ params }: Call, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the path has no parameter ${name}`);
  return value;
}

export function jobDetails(call: Call): Promise<JobDetails> {
  return call.gateway.result({ kind: 'details', jobId: param(call, 'jobid') }, 'details');
}

/** What the TaskManagers tell on which its tasks run, or ended. */
export async function measuredOf(call: Call, details: JobDetails): Promise<Measured> {
  const placed = details.subtasks.filter(({ taskManager }) => taskManager !== '');
  const running = placed.filter(({ state }) => !isTerminal(state));
  const over = placed.filter(({ state }) => isTerminal(state));
  const left = await stillThere(call, over.map(placeOf));
  return new Measured(details, await call.gateway.told([...running.map(placeOf), ...left]));
}

function placeOf({ taskManager }: SubtaskLine): Address {
  return taskManager;
}

/** Nobody is looked for who is long gone. */
async function stillThere({ gateway }: Call, addresses: readonly Address[]): Promise<readonly Address[]> {
  if (addresses.length === 0) return [];
  const { taskManagers } = await gateway.result({ kind: 'overview' }, 'overview');
  const there = new Set(taskManagers.map(({ address }) => address));
  return addresses.filter((address) => there.has(address));
}

export function vertexIn(details: JobDetails, call: Call): NonNullable<ReturnType<typeof findVertex>> {
  const id = param(call, 'vertexid');
  const vertex = findVertex(details, id);
  if (vertex === null) throw notFound(`Job ${details.jobId} has no vertex ${id}.`);
  return vertex;
}

/** A whole number of a query, or what stands for it. */
export function queryNumber({ query }: Call, name: string, otherwise: number): number {
  const text = query[name];
  return text === undefined ? otherwise : Number(text);
}
