// The clients of a run, in the command's own process: each on a host of its own, behind a relay, from its moment on. They are the machines of the
// simulator (src/scenario/clients). Moments count from when all processes are up.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientState } from '../../core/client/client.ts';
import type { ClusterOptions } from '../../core/protocol/cluster-options.ts';
import { secretPlace } from '../../net-real/cluster-secret.ts';
import { startMachine, type ProcessConfig, type RunningMachine } from '../../net-real/processes.ts';
import { clientOf } from '../../scenario/clients/client-starts.ts';
import { viewOf, type ClientView, type PlannedClient } from './client-plans.ts';
import type { NodeNames } from './node-names.ts';
import { Relay, type RelayRules } from './relay.ts';
import type { Scratch } from './scratch.ts';
import type { TraceTail } from './trace-tail.ts';

/** Where they live. */
export interface ClientPlace {
  readonly scratch: Scratch;
  readonly options: ClusterOptions;
  /** Wall time in ms at which the run began. */
  readonly startedAt: number;
  /** They write what they do. */
  readonly traced: boolean;
  readonly rules: RelayRules;
  readonly names: NodeNames;
  readonly tail: TraceTail;
  /** Resolves when no file is damaged. */
  readonly whole: () => Promise<void>;
  /** A file was damaged in this run. */
  readonly wasDamaged: () => boolean;
  readonly onFailure: (sentence: string) => void;
}

export class Clients {
  readonly #plans: PlannedClient[];
  readonly #place: ClientPlace;
  /** By name. */
  readonly #relays = new Map<string, Relay>();
  readonly #machines = new Map<string, RunningMachine<ClientState>>();
  readonly #timers: NodeJS.Timeout[] = [];
  /** Of those that are being started. */
  readonly #coming: Promise<void>[] = [];
  #isOver = false;

  constructor(plans: readonly PlannedClient[], place: ClientPlace) {
    this.#plans = [...plans];
    this.#place = place;
  }

  /** Resolves when those are there that begin at once. */
  async begin(): Promise<void> {
    for (const plan of this.#plans) {
      if (plan.beginsAtMs === 0) this.#start(plan);
      else this.#timers.push(setTimeout(() => this.#start(plan), plan.beginsAtMs));
    }
    await Promise.all(this.#coming);
  }

  /** One more, at once. */
  add(plan: PlannedClient): void {
    this.#plans.push(plan);
    this.#start(plan);
  }

  /** One that was answered: nothing of it stays. */
  async dismiss(name: string): Promise<void> {
    const index = this.#plans.findIndex(({ address }) => address === name);
    if (index >= 0) this.#plans.splice(index, 1);
    const [machine, relay] = [this.#machines.get(name), this.#relays.get(name)];
    this.#machines.delete(name);
    this.#relays.delete(name);
    await machine?.stop();
    await relay?.close();
    rmSync(join(this.#place.scratch.work, name), { recursive: true, force: true });
  }

  #start(plan: PlannedClient): void {
    if (this.#isOver) return;
    const started = this.#startMachine(plan).catch((error: unknown) => this.#place.onFailure(messageOf(error)));
    this.#coming.push(started);
  }

  async #startMachine({ address: name, requests }: PlannedClient): Promise<void> {
    const { scratch, options, startedAt, traced, rules, names, tail, onFailure } = this.#place;
    await this.#place.whole();
    const relay = await Relay.listen(rules);
    this.#relays.set(name, relay);
    names.set(relay.address, name);
    const path = join(scratch.traces, `${name}.jsonl`);
    if (traced) tail.follow(path);
    const start = () =>
      startMachine(
        {
          listen: '127.0.0.1:0',
          advertise: relay.address,
          ha: scratch.ha,
          storage: null,
          ...secretIn(scratch),
          work: join(scratch.work, name),
          trace: traced ? { path, runStartedAt: startedAt } : null,
          options,
          log: () => {}, // that a JobManager died is no news to this command
        },
        (address) => clientOf(address, options, requests),
        [],
      );
    const machine = await start().catch(async (error: unknown) => {
      if (!this.#place.wasDamaged()) throw error;
      await this.#place.whole(); // it began as a file was damaged
      return start();
    });
    relay.pointTo(machine.listening);
    this.#machines.set(name, machine);
    machine.halted.catch((error: unknown) => onFailure(messageOf(error)));
  }

  views(): readonly ClientView[] {
    return this.#plans.map((plan) => viewOf(plan, this.#machines.get(plan.address)?.state() ?? null));
  }

  /** Lets pass what waited, where nothing is cut any more. */
  release(): void {
    for (const relay of this.#relays.values()) relay.release();
  }

  /** What hangs by now never carries anything again. */
  hang(): void {
    for (const relay of this.#relays.values()) relay.hang();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.#coming);
    await Promise.all([...this.#machines.values()].map((machine) => machine.stop()));
  }

  /** Behind `stop`. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#relays.values(), (relay) => relay.close()));
  }
}

/** A client stores nothing, and so does not look where the secret may lie. */
function secretIn({ ha, storage }: Scratch): Pick<ProcessConfig, 'secret'> {
  const secret = secretPlace({ ha, storage });
  return secret === null ? {} : { secret };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
