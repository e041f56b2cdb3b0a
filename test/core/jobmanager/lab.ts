// Drives one JobManager by hand: a step at a time, with its effects collected, its requests open until a test has them answered, and its
// invariants checked after each step. Time passes only when a test says so, with a `wake` whenever the machine asked for one.
import type { Input } from '../../../src/core/base/machine.ts';
import { Outbox } from '../../../src/core/base/outbox.ts';
import { withDefaults } from '../../../src/core/base/options.ts';
import { wordsOf } from '../../../src/core/base/reasons.ts';
import { checkTree, deepFreeze } from '../../../src/core/base/state.ts';
import { jobManager } from '../../../src/core/jobmanager/job-manager.ts';
import { failureOf } from '../../../src/core/jobmanager/jobs.ts';
import type { JobManagerState, JobMaster, Leader } from '../../../src/core/jobmanager/state.ts';
import { clusterOptionTable, type ClusterOptions } from '../../../src/core/protocol/cluster-options.ts';
import { describeReason } from '../../../src/core/protocol/describe-reason.ts';
import { describeEffect } from '../../../src/core/protocol/describe.ts';
import type { Bodies, Kind, Message, MessageOfKind } from '../../../src/core/protocol/messages.ts';
import type { ClusterVocabulary, PortAnswer, PortFailed, PortRequest } from '../../../src/core/protocol/ports.ts';
import { throughCodec } from '../wire.ts';
import { FakeStores } from './fake-stores.ts';
import { JOB } from './sample-job.ts';

type WithoutClock<T> = T extends unknown ? Omit<T, 'now' | 'wallTime'> : never;
export type OpenRequest = { readonly id: number; readonly request: PortRequest };
type RequestOf<K extends PortRequest['kind']> = Extract<PortRequest, { kind: K }>;

export const UNKNOWN: PortFailed = { kind: 'failed', outcome: 'unknown', reason: { kind: 'timed-out' } };
export const NOT_APPLIED: PortFailed = { kind: 'failed', outcome: 'not-applied', reason: { kind: 'not-available' } };

/** A job has its first checkpoint behind a whole interval, as it has all others: a test may count by intervals. */
const EVEN_CHECKPOINTS = { firstCheckpointMs: 3_600_000 } as const satisfies Partial<ClusterOptions>;

/** By fixed-delay: each restart waits for `restartDelayMs`, so that a test sees what comes before it. */
export const EVEN_RESTARTS = { restartStrategy: 1, restartsMax: 1_000 } as const satisfies Partial<ClusterOptions>;

export class Lab {
  readonly address: string;
  readonly options: ClusterOptions;
  readonly stores: FakeStores;
  readonly state: JobManagerState;
  now = 1_000;
  /** Requests without an answer, oldest first. */
  open: OpenRequest[] = [];
  /** Messages sent since they were last taken. */
  outgoing: Message[] = [];
  traces: string[] = [];
  /** Requests that `serve` leaves open. */
  held: (request: PortRequest) => boolean = () => false;
  readonly #machine;
  readonly #out: Outbox<ClusterVocabulary>;

  constructor(
    given: { address?: string; options?: Partial<ClusterOptions>; stores?: FakeStores; held?: Lab['held'] } = {},
  ) {
    this.address = given.address ?? 'jm-1';
    this.options = withDefaults(clusterOptionTable, { ...EVEN_RESTARTS, ...EVEN_CHECKPOINTS, ...given.options });
    this.stores = given.stores ?? new FakeStores();
    this.held = given.held ?? this.held;
    this.#out = new Outbox<ClusterVocabulary>(true);
    this.#machine = jobManager({ address: this.address, options: this.options });
    this.state = this.#machine.create();
    this.step({ kind: 'start', incarnation: 1 });
  }

  /** All that a leader knows; fails where it is none. */
  get leader(): Leader {
    if (this.state.leader === null) throw new Error(`${this.address} does not lead`);
    return this.state.leader;
  }

  get job(): JobMaster {
    const job = this.leader.jobs.get(JOB);
    if (job === undefined) throw new Error(`job ${JOB} does not run`);
    return job;
  }

  /** Why the attempt of the job must end, as it reads; '' while nothing is wrong. */
  failure(): string {
    const failure = failureOf(this.job);
    return failure === null ? '' : describeReason(failure);
  }

  step(input: WithoutClock<Input<ClusterVocabulary>>): void {
    this.#out.clear();
    this.#out.address = this.address;
    deepFreeze(input);
    this.#machine.step(this.state, { ...input, now: this.now, wallTime: this.now }, this.#out);
    this.#machine.checkInvariants(this.state);
    const flaw = checkTree(this.state);
    if (flaw !== null) throw new Error(flaw);
    for (const effect of this.#out.effects) {
      deepFreeze(effect);
      if (effect.effect === 'send') this.outgoing.push(throughCodec(effect as Message));
      else if (effect.effect === 'request') this.open.push({ id: effect.id, request: effect.request as PortRequest });
      else if (effect.effect === 'note') this.traces.push(describeEffect(effect));
      else throw new Error(`halted: ${wordsOf(effect.reason)}`);
    }
  }

  /** A message to the JobManager. */
  deliver<K extends Kind>(from: string, kind: K, body: Bodies[K]): void {
    const message = {
      effect: 'send',
      streamClass: 'control',
      from,
      to: this.address,
      kind,
      body,
    } as unknown as Message;
    this.step({ kind: 'message', message });
  }

  /** Takes the messages of a kind that were sent since the last time. */
  take<K extends Kind>(kind: K): MessageOfKind<K>[] {
    const taken = this.outgoing.filter((message) => message.kind === kind);
    this.outgoing = this.outgoing.filter((message) => message.kind !== kind);
    return taken as MessageOfKind<K>[];
  }

  /** The open requests of a kind. */
  requests<K extends PortRequest['kind']>(kind: K): { id: number; request: RequestOf<K> }[] {
    return this.open.filter(({ request }) => request.kind === kind) as { id: number; request: RequestOf<K> }[];
  }

  /** The one open write of a key that begins so. */
  writeOf(prefix: string): { id: number; request: RequestOf<'ha-write'> } {
    const writes = this.requests('ha-write').filter(({ request }) => request.key.startsWith(prefix));
    if (writes.length !== 1) throw new Error(`${writes.length} open writes of ${prefix}`);
    return writes[0]!;
  }

  answer({ id }: { readonly id: number }, answer: PortAnswer | PortFailed): void {
    this.open = this.open.filter((open) => open.id !== id);
    this.step({ kind: 'completed', request: id, answer });
  }

  /** Applies one request, and hands over what it says, or a failure instead. */
  apply(open: OpenRequest, instead?: PortFailed): void {
    const answer = this.stores.apply(open.request);
    this.answer(open, instead ?? answer);
  }

  /** Applies and answers everything that is not held, until nothing is open. */
  serve(): void {
    for (let next = this.#nextToServe(); next !== undefined; next = this.#nextToServe()) this.apply(next);
  }

  #nextToServe(): OpenRequest | undefined {
    return this.open.find(({ request }) => !this.held(request));
  }

  /** Lets time pass, with every `wake` on its way. `between` is called after each. */
  pass(ms: number, between: () => void = () => this.serve()): void {
    const until = this.now + ms;
    while (this.#machine.wakeAt(this.state) <= until) {
      this.now = Math.max(this.now, this.#machine.wakeAt(this.state));
      this.step({ kind: 'wake' });
      between();
    }
    this.now = until;
  }

  /** The process was stopped: all timers of that time are due at once. */
  pause(ms: number): void {
    this.now += ms;
    while (this.#machine.wakeAt(this.state) <= this.now) this.step({ kind: 'wake' });
  }

  ignored(): string[] {
    return this.traces.filter((text) => text.startsWith('ignored'));
  }
}

/** A JobManager that leads and has recovered what the stores hold. */
export function leading(given: ConstructorParameters<typeof Lab>[0] = {}): Lab {
  const lab = new Lab(given);
  lab.serve();
  if (lab.state.leader === null) lab.pass(lab.options.leaseMs * 2);
  return lab;
}
