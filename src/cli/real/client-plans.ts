// Which clients a run has: what each of them asks for, when it begins, and how it stands.
import type { ClientResult, ClientState } from '../../core/client/client.ts';
import { askedOf } from '../../scenario/clients/client-script.ts';
import {
  requestsOfCluster,
  requestsOf,
  startOf,
  startsOf,
  type ClientStart,
  type Requests,
} from '../../scenario/clients/client-starts.ts';
import { artifactOf, clusterClientsOf, jobsOf } from '../../scenario/jobs.ts';
import type { Scenario } from '../../scenario/scenario.ts';
import type { Decisions } from '../../sim/decisions.ts';
import { drawBegin } from './draws.ts';

/** A client, before it begins. */
export interface PlannedClient {
  readonly address: string;
  readonly wants: ClientStart['wants'];
  /** Whose client it is; '': it is about no job. */
  readonly jobId: string;
  readonly requests: Requests;
  /** Behind the start of the cluster. */
  readonly beginsAtMs: number;
}

/** All clients of a scenario, each with its moment drawn. */
export function planClients(scenario: Scenario, bundle: string, decisions: Decisions): readonly PlannedClient[] {
  const jobs = jobsOf(scenario);
  const planned = (start: ClientStart, jobId: string, requests: Requests): PlannedClient => {
    return { address: start.address, wants: start.wants, jobId, requests, beginsAtMs: drawBegin(start, decisions) };
  };
  const ofJobs = jobs.flatMap((job) => {
    const artifact = artifactOf(bundle, jobs.length, job.jobId);
    return startsOf(job).map((start) => planned(start, job.jobId, requestsOf(start, { ...job, artifact })));
  });
  const others = clusterClientsOf(scenario).map(startOf);
  return [...ofJobs, ...others.map((start) => planned(start, '', requestsOfCluster(start, jobs)))];
}

/** How a client stands. */
export interface ClientView extends Pick<PlannedClient, 'address' | 'wants'> {
  /** Of its last request; '': it is about no job. */
  readonly jobId: string;
  /** Null: it has not been answered yet. */
  readonly result: ClientResult | null;
}

/** @param state null: it has not begun */
export function viewOf({ address, wants, requests }: PlannedClient, state: ClientState | null): ClientView {
  const request = requests[state === null ? requests.length - 1 : askedOf(state)]!;
  return { address, wants, jobId: 'jobId' in request ? request.jobId : '', result: state?.result ?? null };
}
