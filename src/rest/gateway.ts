// The way from HTTP to the leader: a request becomes what a client machine asks for (net-real/client-desk.ts), its result an answer or a refusal. It decides
// nothing, and keeps nothing but how the operations stand that it was asked for, as savepoints that fail are remembered nowhere else.
import type { Address } from '../core/base/vocabulary.ts';
import type { ClientRequest, ClientResult } from '../core/client/client.ts';
import type { ClusterOptions } from '../core/protocol/cluster-options.ts';
import { describeReason } from '../core/protocol/describe-reason.ts';
import type { RefusalReason } from '../core/protocol/reasons.ts';
import type { JobStatus } from '../core/protocol/states.ts';
import { namesIn, noNames, type VertexNames } from '../core/protocol/vertex-names.ts';
import type { Asked, AskUntil } from '../net-real/client-desk.ts';
import { withNames } from '../net-real/address-names.ts';
import type { LogFileInfo } from '../net-real/log/kept-logs.ts';
import type { Readings } from '../net-real/metrics/readings.ts';
import type { ArtifactKeeper } from './artifacts.ts';
import type { SavepointPlace } from './rest-ids.ts';
import { conflict, notFound, RestError, unavailable } from './rest-error.ts';

type Soon<T> = T | Promise<T>;

/** As `KeptLogs`, of this process or of another one. */
export interface Logs {
  readonly process: string;
  list(): Soon<readonly LogFileInfo[]>;
  read(name: string, lines: number | null): Soon<string | null>;
}

/** Whose logs can be read here. */
export interface LogShelf {
  /** Of the process that answers REST. */
  readonly own: Logs;
  /** Of a TaskManager, by its address. Rejects with a RestError if they can be had from nobody now. */
  at(address: Address): Promise<Logs>;
}

export interface Desk {
  ask(request: ClientRequest, until: AskUntil, timeoutMs: number): Promise<Asked>;
}

export interface MetricsSource {
  /** What a process of the cluster tells of itself, soon; null: it does not answer. */
  ask(address: Address): Promise<Readings | null>;
}

export interface GatewayConfig {
  readonly desk: Desk;
  readonly metrics: MetricsSource;
  readonly options: ClusterOptions;
  /** What answers of Flink name its version and commit. */
  readonly version: { readonly number: string; readonly commit: string };
  readonly artifacts: ArtifactKeeper;
  readonly logs: LogShelf;
  /** The name of a process of this cluster, by its address; null: not known here. */
  readonly nameAt: (address: Address) => string | null;
  /** A request is given up behind this time, and answered with 503. */
  readonly answerMs?: number;
  /** In ms; default: the clock of this host. */
  readonly wallNow?: () => number;
}

/** An election takes a lease, and a client asks again each `clientRetryMs`. */
const ANSWER_MS = 10_000;
/** An operation is waited for no longer: its savepoint is asked for by its id. */
const OPERATION_MS = 3_600_000;
/** Operations whose end is remembered; older ones are forgotten. */
const OPERATIONS_MAX = 1_000;

type ResultOf<K extends ClientResult['kind']> = Extract<ClientResult, { readonly kind: K }>;

/** How something stands that goes on behind its answer. */
export interface Operation {
  readonly kind: 'savepoint' | 'disposal' | 'checkpoint';
  readonly jobId: string;
  /** Of a checkpoint: the id of its trigger. */
  readonly savepointId: string;
  isDone: boolean;
  /** Of a checkpoint that is completed; else null. */
  checkpointId: number | null;
  /** Why it failed, as a sentence. */
  failure: string | null;
}

export class Gateway {
  readonly config: GatewayConfig;
  readonly #operations = new Map<string, Operation>();

  constructor(config: GatewayConfig) {
    this.config = config;
  }

  wallNow(): number {
    return (this.config.wallNow ?? Date.now)();
  }

  /** The result of this kind. Throws a RestError where there is none. */
  async result<K extends ClientResult['kind']>(request: ClientRequest, kind: K): Promise<ResultOf<K>> {
    const asked = await this.#ask(request, 'result');
    if (asked.kind !== 'result') throw new Error(`${request.kind} was ${asked.kind}`);
    return resultOf(request, asked.result, kind);
  }

  /** Null: the wish is durable; else what is known of the job already. */
  async wish(request: ClientRequest): Promise<ResultOf<'job'> | null> {
    const asked = await this.#ask(request, 'accepted');
    return asked.kind === 'accepted' ? null : resultOf(request, asked.result, 'job');
  }

  /** Null: the wish is durable, and tasks have yet to leave; else how it stands already. */
  async wishDrain(taskManager: Address): Promise<ResultOf<'drain'> | null> {
    const request = { kind: 'drain', taskManager } as const;
    const asked = await this.#ask(request, 'accepted');
    return asked.kind === 'accepted' ? null : resultOf(request, asked.result, 'drain');
  }

  /** What these processes tell; who does not answer is not there. */
  async told(addresses: readonly Address[]): Promise<ReadonlyMap<Address, Readings>> {
    const asked = [...new Set(addresses)].map(async (address) => {
      return [address, await this.config.metrics.ask(address)] as const;
    });
    return new Map((await Promise.all(asked)).flatMap(([address, told]) => (told === null ? [] : [[address, told]])));
  }

  async #ask(request: ClientRequest, until: AskUntil): Promise<Exclude<Asked, { readonly kind: 'unanswered' }>> {
    const asked = await this.config.desk.ask(request, until, this.config.answerMs ?? ANSWER_MS);
    if (asked.kind !== 'unanswered') return asked;
    throw unavailable(`No leader has answered for ${asked.waitedMs} ms: it is being elected, or cannot be reached.`);
  }

  /** The vertices of a job, for texts; of one that is not known any more, none. */
  async namesOf(jobId: string): Promise<VertexNames> {
    try {
      const { vertices } = await this.result({ kind: 'details', jobId }, 'details');
      return namesIn(vertices);
    } catch (error) {
      if (error instanceof RestError) return noNames;
      throw error;
    }
  }

  /** A sentence in which addresses stand behind the names of their processes, also of those that are gone. */
  named(text: string): string {
    return withNames(text, this.config.nameAt);
  }

  // ---- Operations

  /** Begins one that is answered later. Whoever names the operation again is told of the one that was begun. @param id by default of its job and savepoint */
  begin(
    operation: Omit<Operation, 'isDone' | 'checkpointId' | 'failure'>,
    request: ClientRequest,
    id = `${operation.jobId}/${operation.savepointId}`,
  ): void {
    const known = this.#operations.get(id);
    if (known !== undefined && known.failure === null) return;
    const begun: Operation = { ...operation, isDone: false, checkpointId: null, failure: null };
    this.#operations.delete(id); // the newest is last
    this.#operations.set(id, begun);
    const [oldest] = this.#operations.keys();
    if (this.#operations.size > OPERATIONS_MAX && oldest !== undefined) this.#operations.delete(oldest);
    void this.config.desk.ask(request, 'result', OPERATION_MS).then(async (asked) => {
      const names = isOfTasks(asked) ? await this.namesOf(operation.jobId).catch(() => noNames) : noNames;
      settle(begun, asked, names);
    });
  }

  operation(id: string): Operation | null {
    return this.#operations.get(id) ?? null;
  }

  // ---- Savepoints

  /** How it stands. */
  savepoint({ jobId, savepointId }: SavepointPlace): Promise<ResultOf<'savepoint'>> {
    return this.result({ kind: 'savepoint-status', jobId, savepointId }, 'savepoint');
  }
}

const FAILED: readonly RefusalReason['kind'][] = ['savepoint-failed', 'checkpoint-failed'];

/** Why a checkpoint failed names tasks. */
function isOfTasks(asked: Asked): boolean {
  return asked.kind === 'result' && asked.result.kind === 'refused' && FAILED.includes(asked.result.reason.kind);
}

function settle(operation: Operation, asked: Asked, names: VertexNames): void {
  if (asked.kind === 'unanswered') operation.failure = `It was not answered within ${asked.waitedMs} ms.`;
  else if (asked.kind === 'result') {
    operation.failure = failureOf(operation, asked.result, names);
    operation.checkpointId = asked.result.kind === 'taken' ? asked.result.checkpointId : null;
  }
  operation.isDone = true;
}

function failureOf(operation: Operation, result: ClientResult, names: VertexNames): string | null {
  if (result.kind === 'refused') return sentence(refusalOf(operation.jobId, result.reason, names));
  return null;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function resultOf<K extends ClientResult['kind']>(request: ClientRequest, result: ClientResult, kind: K): ResultOf<K> {
  if (result.kind === kind) return result as ResultOf<K>;
  const jobId = 'jobId' in request ? request.jobId : '';
  if (result.kind === 'refused') throw refused(jobId, result.reason);
  throw new Error(`${request.kind} was answered with ${result.kind}`);
}

function refusalOf(jobId: string, reason: RefusalReason, names: VertexNames = noNames): string {
  const text = `job ${jobId}: ${describeReason(reason, names)}`;
  const mayAskAgain = reason.kind === 'tasks-not-running' && RUNS_AGAIN.has(reason.status);
  return mayAskAgain ? `${text}; it may be asked for again once they do` : text;
}

/** In which all tasks of a job may come to run. */
const RUNS_AGAIN: ReadonlySet<string> = new Set<JobStatus>(['INITIALIZING', 'CREATED', 'RUNNING', 'RESTARTING']);

/** What is asked of a job that is not there is 404, what its state forbids 409. */
export function refused(jobId: string, reason: RefusalReason): RestError {
  if ('status' in reason && reason.status === 'UNKNOWN') return noSuchJob(jobId);
  if (reason.kind === 'job-id-malformed' || reason.kind === 'savepoint-id-malformed')
    return new RestError(400, sentence(refusalOf(jobId, reason)));
  if (reason.kind === 'parallelism-invalid') return new RestError(400, sentence(refusalOf(jobId, reason)));
  return conflict(sentence(refusalOf(jobId, reason)));
}

export function noSuchJob(jobId: string): RestError {
  return notFound(`Job ${jobId} not found.`);
}
