// What the conformance suites run on: a store, as the simulator has it in memory or as a real port keeps it in a folder, and ports of any
// number of processes on it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import { nodeDisk, type Disk, type DiskFile } from '../../src/net-real/disk.ts';
import type { Port } from '../../src/net-real/port.ts';
import type { Service } from '../../src/sim/service.ts';

export type Answer = PortAnswer | PortFailed;
/** Requests that change what is stored. */
export type WriteKind = Extract<
  PortRequest['kind'],
  'ha-write' | 'storage-put' | 'storage-delete' | 'sink-open' | 'sink-write' | 'sink-prepare' | 'sink-commit'
>;

/** What becomes of a request whose outcome its sender does not learn. */
export type Fate = 'applied' | 'not applied';

export interface Store {
  /** The port of another process. */
  open(): Port;
  /** One whose process is stopped within its first request of a kind: behind its last look, before its effect. */
  openStopped(kind: WriteKind): Stopped;
  /** One that does not learn what became of its first request of a kind. */
  openUnknown(kind: WriteKind, fate: Fate): Port;
  close(): Promise<void>;
}

export interface Stopped {
  readonly port: Port;
  /** Resolves when the process stands still. */
  readonly stopped: Promise<void>;
  wake(): void;
}

// ---- Simulated

/** Anything that serves requests of some kinds: each of the simulated services. */
interface AnyService<S> {
  readonly serves: readonly string[];
  create(): S;
  readonly apply: unknown;
}

export interface SimulatedStore<S> extends Store {
  readonly state: S;
}

export function simulatedStore<S>(given: AnyService<S>): SimulatedStore<S> {
  const service = given as Service<S, PortRequest>;
  const state = service.create();
  const waiting = new Map<string, (answer: Answer) => void>();
  let processes = 0;

  function apply(node: string, request: number, asked: PortRequest): Promise<Answer> {
    const answer = new Promise<Answer>((resolve) => waiting.set(`${node}/${request}`, resolve));
    for (const completion of service.apply(state, asked, { node, incarnation: 1, request }, 0)) {
      const key = `${completion.caller.node}/${completion.caller.request}`;
      waiting.get(key)?.(completion.answer as Answer);
      waiting.delete(key);
    }
    return answer;
  }

  function openWith(kind: WriteKind | null, onFirst: (go: () => Promise<Answer>) => Promise<Answer>): Port {
    processes += 1;
    const node = `process-${processes}`;
    let requests = 0;
    let met = false;
    return {
      serves: service.serves,
      async request(asked) {
        requests += 1;
        const number = requests;
        await Promise.resolve(); // never within the call
        const go = (): Promise<Answer> => apply(node, number, asked);
        if (met || asked.kind !== kind) return go();
        met = true;
        return onFirst(go);
      },
      close: async () => {},
    };
  }

  return {
    state,
    open: () => openWith(null, (go) => go()),
    openStopped(kind) {
      const gate = createGate();
      return { ...gate, port: openWith(kind, (go) => gate.pass().then(go)) };
    },
    openUnknown: (kind, fate) =>
      openWith(kind, async (go) => {
        if (fate === 'applied') await go();
        return { kind: 'failed', outcome: 'unknown', reason: { kind: 'timed-out' } };
      }),
    close: async () => {},
  };
}

// ---- Real

/** The operation of the disk with which a kind of request takes effect, and a part of its path. */
export type Effects = Partial<Record<WriteKind, readonly [operation: keyof Disk, path: string]>>;

export function folderStore(
  open: (folder: string, disk: Disk) => Port,
  effects: Effects,
): Store & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-conformance-'));
  const ports: Port[] = [];
  const openOn = (disk: Disk): Port => {
    const port = open(folder, disk);
    ports.push(port);
    return port;
  };
  return {
    folder,
    open: () => openOn(nodeDisk),
    openStopped(kind) {
      const gate = createGate();
      return { ...gate, port: openOn(aroundFirst(effects[kind], (go) => gate.pass().then(go))) };
    },
    openUnknown: (kind, fate) =>
      openOn(
        aroundFirst(effects[kind], async (go) => {
          if (fate === 'applied') await closeFile(await go());
          throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
        }),
      ),
    async close() {
      await Promise.all(ports.map((port) => port.close()));
      rmSync(folder, { recursive: true });
    },
  };
}

/** A file that was opened for somebody who never learns of it. */
async function closeFile(opened: unknown): Promise<void> {
  await (opened as DiskFile | undefined)?.close();
}

/** A disk whose first operation of a kind goes through `around`. */
function aroundFirst(effect: Effects[WriteKind], around: (go: () => Promise<unknown>) => Promise<unknown>): Disk {
  if (effect === undefined) throw new Error('this store has no such effect');
  const [meant, place] = effect;
  let met = false;
  return interceptDisk(nodeDisk, (operation, path, go) => {
    if (met || operation !== meant || !path.includes(place)) return go();
    met = true;
    return around(async () => {
      try {
        return await go();
      } catch (error) {
        met = false; // another process was first: this was not the one that takes effect
        throw error;
      }
    });
  });
}

/** A disk all of whose operations go through `around`, with their last path. Files under construction are not looked into. */
export function interceptDisk(
  disk: Disk,
  around: (operation: string, path: string, go: () => Promise<unknown>) => Promise<unknown>,
): Disk {
  const operations = Object.entries(disk as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>);
  return Object.fromEntries(
    operations.map(([name, run]) => [
      name,
      (...given: unknown[]) => {
        const path = given.filter((one) => typeof one === 'string').at(-1) as string;
        return around(name, path, () => run(...given));
      },
    ]),
  ) as unknown as Disk;
}

/** Whoever passes is stopped until `wake`. */
export function createGate(): { pass(): Promise<void>; readonly stopped: Promise<void>; wake(): void } {
  const reached = Promise.withResolvers<void>();
  const woken = Promise.withResolvers<void>();
  return {
    pass() {
      reached.resolve();
      return woken.promise;
    },
    stopped: reached.promise,
    wake: () => woken.resolve(),
  };
}
