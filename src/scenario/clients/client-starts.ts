// The clients of a run: what each of them wants, from when on, and what it asks for. The same in the simulator and on real processes.
import { must, unreachable } from '../../core/base/assert.ts';
import type { Address, Machine } from '../../core/base/machine.ts';
import { client, type ClientRequest, type ClientState } from '../../core/client/client.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import type { ClusterVocabulary } from '../../core/protocol/ports.ts';
import { NOTHING_ELSE, type Followed, type JobOfRun, type OtherClient } from '../jobs.ts';
import { scriptedClient } from './client-script.ts';

/** What no client of a scenario asks for alone: one that looks on asks for them, or one whose job follows another. */
type OnlyShown = 'details' | 'checkpoint' | 'overview' | 'checkpoint-status' | 'savepoint-and-cancel';

export interface ClientStart {
  readonly address: Address;
  readonly wants: Exclude<ClientRequest['kind'], OnlyShown> | 'follow' | 'look';
  readonly atMs: number;
  /** It begins later by so many steps at most. */
  readonly late: Lateness;
  /** Of whom wants something of a savepoint, or a checkpoint now: its id, or that of the trigger; else ''. */
  readonly savepointId: string;
  readonly drain: boolean;
  /** Of whom rescales a job, else empty. */
  readonly parallelism: OtherClient['parallelism'];
  /** Of whom wants something of a TaskManager, else ''. */
  readonly taskManager: Address;
}

/** It begins behind the start of its process by a number of steps up to `steps`, each of which is possible. */
export interface Lateness {
  readonly steps: number;
  readonly stepMs: number;
}

const ON_TIME: Lateness = { steps: 0, stepMs: 1 };

/** All clients of a job. */
export function startsOf({ clients, follows, others }: JobOfRun): readonly ClientStart[] {
  const submitting = clients.map(({ address, submitAtMs }): ClientStart => {
    if (follows !== null) return startOf({ address, wants: 'follow', atMs: follows.atMs, ...NOTHING_ELSE });
    return { address, wants: 'submit', atMs: submitAtMs, late: ON_TIME, ...NOTHING_ELSE };
  });
  return [...submitting, ...others.map(startOf)];
}

export function startOf({ atMs, ...other }: Omit<OtherClient, 'wants'> & Pick<ClientStart, 'wants'>): ClientStart {
  if (typeof atMs === 'number') return { ...other, atMs, late: ON_TIME };
  const { from, to, stepMs = 1 } = atMs;
  return { ...other, atMs: from, late: { steps: Math.floor((to - from) / stepMs), stepMs } };
}

/** Asks for them in their order. At least one. */
export type Requests = readonly [ClientRequest, ...ClientRequest[]];

/** The machine of a client. */
export function clientOf(
  address: Address,
  options: ClusterOptions,
  requests: Requests,
): Machine<ClientState, ClusterVocabulary> {
  const [request, ...others] = requests;
  return others.length > 0 ? scriptedClient({ address, options, requests }) : client({ address, options, request });
}

const EXCEPTIONS_ASKED = 5;

/** What a client asks for that wants something of the cluster, and not of a job. */
export function requestsOfCluster(
  { wants, taskManager }: ClientStart,
  jobs: readonly Pick<JobOfRun, 'jobId'>[],
): Requests {
  if (wants === 'look') return looksAt(jobs.map(({ jobId }) => jobId));
  return [wants === 'drain' || wants === 'undrain' ? { kind: wants, taskManager } : { kind: 'list' }];
}

/** Jobs that one client looks at, each counted as often as it does. */
const LOOKS = 12;
/** No job of a scenario has this id. */
const NO_JOB = 'job-0';

/** The jobs in turn, and one that there is not; of each another checkpoint each time. */
function looksAt(jobIds: readonly string[]): Requests {
  const turns = [...jobIds, NO_JOB];
  const looks = Array.from({ length: LOOKS }, (_, look): ClientRequest[] => {
    const jobId = must(turns[look % turns.length], 'a job');
    const checkpointId = 1 + Math.floor(look / turns.length);
    return [
      { kind: 'details', jobId },
      { kind: 'checkpoints', jobId },
      { kind: 'checkpoint', jobId, checkpointId },
      { kind: 'overview' },
    ];
  });
  return [{ kind: 'overview' }, ...looks.flat()];
}

/** @param job that it is about; what is wanted of the cluster is about none */
export function requestsOf(
  start: ClientStart,
  { jobId, job, artifact, follows }: Pick<JobOfRun, 'jobId' | 'job' | 'follows'> & { readonly artifact: string },
): Requests {
  const { wants, savepointId, drain, parallelism } = start;
  switch (wants) {
    case 'submit':
      return [{ kind: 'submit', jobId, graph: job.graph, artifact }];
    case 'follow': {
      const { atMs: _at, by, ...restore } = must(follows, 'the job that is followed');
      return [...replacing(by, restore), { kind: 'submit', jobId, graph: job.graph, artifact, restore }];
    }
    case 'cancel':
    case 'status':
    case 'remove':
    case 'checkpoints':
      return [{ kind: wants, jobId }];
    case 'exceptions':
      return [{ kind: wants, jobId, max: EXCEPTIONS_ASKED }];
    case 'rescale':
      return [{ kind: wants, jobId, parallelism }];
    case 'stop':
      return [{ kind: wants, jobId, savepointId, drain }];
    case 'take-checkpoint':
      return [{ kind: wants, jobId, triggerId: savepointId }];
    case 'savepoint':
    case 'savepoint-status':
    case 'dispose':
      return [{ kind: wants, jobId, savepointId }];
    case 'list':
    case 'drain':
    case 'undrain':
    case 'drain-status':
    case 'look':
      return requestsOfCluster(start, [{ jobId }]);
    default:
      return unreachable(wants);
  }
}

/** What is asked for before a job can follow another one. */
function replacing(by: Followed['by'], { jobId, savepointId }: Pick<Followed, 'jobId' | 'savepointId'>): Requests {
  if (by === 'retained') return [{ kind: 'cancel', jobId }];
  if (by === 'stop') return [{ kind: 'stop', jobId, savepointId, drain: false }];
  return [{ kind: 'savepoint-and-cancel', jobId, savepointId }];
}
