// The same small world twice: on simulated links, and over TCP. Cases are written against this interface, with names in place of addresses.
import { expect } from 'vitest';
import { must } from '../../src/core/base/assert.ts';
import type { Address, StreamClass } from '../../src/core/base/vocabulary.ts';
import { startHost, type Host } from '../../src/net-real/host.ts';
import type { Network } from '../../src/net-real/network.ts';
import { createTcpNetwork } from '../../src/net-real/tcp-network.ts';
import { plainDecisions } from '../../src/sim/tape-decisions.ts';
import type { World } from '../../src/sim/world-types.ts';
import { createWorld } from '../../src/sim/world.ts';
import { plainCodec } from '../net-real/plain-codec.ts';
import { TcpProxy } from '../net-real/tcp-proxy.ts';
import { correspondent, type Script, type Written } from './correspondent.ts';
import { toySecret } from '../net-real/toy-secret.ts';

/** Scripts by name, given where each name can be reached. */
export type Cast = (at: (name: string) => Address) => Readonly<Record<string, Script>>;

export interface TransportLab {
  /** What a process wrote down since its last start. */
  log(name: string): readonly string[];
  /** Goes on until it is so. */
  until(isSo: () => boolean): Promise<void>;
  /** Breaks the stream from one to the other; both will hear of it. */
  breakStream(from: string, to: string, streamClass: StreamClass): void;
  /** What `isDataHeld` held back goes on. */
  releaseData(): void;
  /** Kills a process; another incarnation of it starts at the same address. */
  restart(name: string): Promise<void>;
  close(): Promise<void>;
}

export interface LabOptions {
  /** Data streams stand still until `releaseData`. */
  readonly isDataHeld?: boolean;
}

export type OpenLab = (cast: Cast, options?: LabOptions) => Promise<TransportLab>;

// ---- Simulated

const MS = 1_000;
const HELD_US = 10_000 * MS; // longer than anything else takes

export const openSimulatedLab: OpenLab = (cast, { isDataHeld = false } = {}) => {
  const control = { latencyUs: MS, jitterUs: 0 };
  const nodes = Object.entries(cast((name) => name)).map(([address, script]) => ({
    address,
    machine: correspondent(script),
  }));
  const network = { control, data: isDataHeld ? { latencyUs: HELD_US, jitterUs: 0 } : control };
  return Promise.resolve(new SimulatedLab(createWorld({ decisions: plainDecisions(), nodes, network })));
};

class SimulatedLab implements TransportLab {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  log(name: string): readonly string[] {
    const node = must(
      this.#world.view.nodes().find(({ address }) => address === name),
      name,
    );
    return (node.state as Written).log;
  }

  until(isSo: () => boolean): Promise<void> {
    if (!isSo()) expect(this.#world.run({ stopWhen: isSo })).toBe('stopped');
    return Promise.resolve();
  }

  breakStream(from: string, to: string, streamClass: StreamClass): void {
    expect(this.#world.controls.breakConnection(from, to, streamClass, 'soon')).toBe(true);
  }

  releaseData(): void {} // time does

  restart(name: string): Promise<void> {
    this.#world.controls.crash(name, 5 * MS);
    return Promise.resolve();
  }

  close(): Promise<void> {
    expect(this.#world.thrown).toBe(null);
    return Promise.resolve();
  }
}

// ---- Over TCP, with a proxy before each process

export const openTcpLab: OpenLab = async (cast, { isDataHeld = false } = {}) => {
  const names = Object.keys(cast((name) => name));
  const proxies = new Map<string, TcpProxy>();
  for (const name of names) proxies.set(name, await TcpProxy.open());
  if (isDataHeld) for (const proxy of proxies.values()) proxy.hold('data');
  const lab = new TcpLab(proxies, cast);
  const networks = new Map<string, Network>(); // all listen before anybody speaks
  for (const name of names) networks.set(name, await lab.listen(name, 1));
  for (const [name, network] of networks) lab.start(name, network, 1);
  return lab;
};

interface Process {
  readonly host: Host<Written>;
  readonly network: Network;
  readonly incarnation: number;
}

class TcpLab implements TransportLab {
  readonly #proxies: ReadonlyMap<string, TcpProxy>;
  readonly #scripts: Readonly<Record<string, Script>>;
  readonly #processes = new Map<string, Process>();
  /** Asked in the turn after somebody stepped. */
  #onSteps: () => void = () => {};
  #isIdle = true;
  /** A machine threw: nobody need wait any longer. */
  #onThrown: (error: unknown) => void = () => {};

  constructor(proxies: ReadonlyMap<string, TcpProxy>, cast: Cast) {
    this.#proxies = proxies;
    this.#scripts = cast((name) => this.#proxy(name).address);
  }

  #proxy(name: string): TcpProxy {
    return this.#proxies.get(name) as TcpProxy;
  }

  async listen(name: string, incarnation: number): Promise<Network> {
    const { address } = this.#proxy(name);
    const network = await createTcpNetwork({
      secret: toySecret,
      listen: '127.0.0.1:0',
      advertise: address,
      incarnation,
      codec: plainCodec,
      log: (line) => expect.fail(line),
    });
    this.#proxy(name).forwardTo(network.listening);
    return network;
  }

  start(name: string, network: Network, incarnation: number): void {
    const machine = correspondent((state, input, out) => {
      this.#scripts[name]?.(state, input, out);
      this.#noteStep();
    });
    const host = startHost({ machine, network, ports: [], incarnation, isChecked: true });
    host.halted.catch((error: unknown) => this.#onThrown(error));
    this.#processes.set(name, { host, network, incarnation });
  }

  log(name: string): readonly string[] {
    const log = this.#processes.get(name)?.host.state().log ?? [];
    return log.map((line) => this.#named(line));
  }

  #named(line: string): string {
    let named = line;
    for (const [name, { address }] of this.#proxies) named = named.replace(address, name);
    return named;
  }

  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onThrown = reject;
      this.#onSteps = () => {
        if (isSo()) resolve();
      };
      this.#noteStep();
    });
  }

  #noteStep(): void {
    if (!this.#isIdle) return;
    this.#isIdle = false;
    setImmediate(() => {
      this.#isIdle = true;
      this.#onSteps();
    });
  }

  breakStream(from: string, to: string, streamClass: StreamClass): void {
    this.#proxy(to).cut(this.#proxy(from).address, streamClass);
  }

  releaseData(): void {
    for (const proxy of this.#proxies.values()) proxy.release('data');
  }

  async restart(name: string): Promise<void> {
    const process = this.#processes.get(name) as Process;
    process.network.destroy();
    await process.host.stop();
    const incarnation = process.incarnation + 1;
    this.start(name, await this.listen(name, incarnation), incarnation);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#processes.values()].map(({ host }) => host.stop()));
    for (const proxy of this.#proxies.values()) proxy.close();
  }
}
