// What several endpoints ask for.
import type { JobDetails } from '../../core/protocol/overview.ts';
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

/** What the TaskManagers tell on which its tasks run. */
export async function measuredOf({ gateway }: Call, details: JobDetails): Promise<Measured> {
  const there = details.subtasks.filter(({ state, taskManager }) => taskManager !== '' && !isTerminal(state));
  return new Measured(details, await gateway.told(there.map(({ taskManager }) => taskManager)));
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
