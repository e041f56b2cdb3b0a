// Three processes write, read and compact one HA log on a disk in memory. A schedule lets one of them do so many operations of its disk, then another;
// each may be killed between two operations, and comes back as a new one. A writer may stand still within a link, behind the look-up of its folder, over any
// number of compactions. What they are told must fit one history of writes.
//
// Variants of the disk that are broken on purpose must be found out.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HaEntry, PortAnswer, PortFailed, PortRequest } from '../../src/core/protocol/ports.ts';
import type { Disk } from '../../src/net-real/disk.ts';
import { haDirectory } from '../../src/net-real/ha-directory.ts';
import { interceptDisk } from '../conformance/lab.ts';
import { createMemoryDisk } from './memory-disk.ts';

type Action = { readonly key: 'a' | 'b'; readonly condition: 'none' | 'new' | 'seen' } | 'read';
interface Turn {
  readonly process: number;
  readonly operations: number;
  /** Killed behind them. */
  readonly killed: boolean;
}
interface Plan {
  readonly actions: readonly (readonly Action[])[];
  readonly turns: readonly Turn[];
}

const PROCESSES = 3;
const ENTRIES_MAX = 2;

// ---- What was told, and what it comes to

interface Write {
  readonly key: string;
  readonly value: number;
  readonly ifRevision: number | null;
}

/** Values are drawn once, so that each says whose write it is. */
class History {
  readonly #writes = new Map<number, Write>(); // by value
  readonly #at = new Map<number, number>(); // revision to value
  readonly #reads: { readonly entries: readonly HaEntry[]; readonly revision: number }[] = [];
  #values = 0;
  acknowledged = 0;

  draw(write: Omit<Write, 'value'>): number {
    this.#values += 1;
    this.#writes.set(this.#values, { ...write, value: this.#values });
    return this.#values;
  }

  onWritten(value: number, revision: number): void {
    this.#is(revision, value);
    this.acknowledged = Math.max(this.acknowledged, revision);
  }

  /** @param since the highest revision that was acknowledged to anybody when it was asked for */
  onRead(answer: Extract<PortAnswer, { kind: 'ha-entries' }>, since: number): void {
    if (answer.revision < since) throw new Error(`a read at ${answer.revision} behind revision ${since}`);
    for (const { value, revision } of answer.entries) this.#is(revision, value[0] as number);
    this.#reads.push(answer);
  }

  #is(revision: number, value: number): void {
    const known = this.#at.get(revision) ?? value;
    if (known !== value) throw new Error(`revision ${revision} is of write ${known}, and of write ${value}`);
    this.#at.set(revision, value);
  }

  /** When all is known. */
  check(): void {
    const writes = [...this.#at].map(([revision, value]) => ({ revision, ...(this.#writes.get(value) as Write) }));
    const latest = (key: string, upTo: number): number =>
      Math.max(0, ...writes.filter((one) => one.key === key && one.revision <= upTo).map(({ revision }) => revision));
    for (const { key, revision, ifRevision, value } of writes) {
      const before = latest(key, revision - 1);
      if (ifRevision !== null && before > ifRevision)
        throw new Error(`write ${value} at ${revision} has the condition ${ifRevision}, and ${before} is before it`);
    }
    for (const { entries, revision } of this.#reads) {
      for (const key of ['a', 'b']) {
        const read = entries.find((entry) => entry.key === key)?.revision ?? 0;
        const known = latest(key, revision);
        if (known > read) throw new Error(`a read at ${revision} has ${key} at ${read}, which was written at ${known}`);
      }
    }
  }
}

// ---- Processes on a disk, of which one at a time goes on

class World {
  readonly #memory = createMemoryDisk();
  readonly #broken: (disk: Disk) => Disk;
  readonly #plan: Plan;
  readonly #waiting: (() => void)[][] = Array.from({ length: PROCESSES }, () => []);
  readonly #lives: number[] = Array.from({ length: PROCESSES }, () => 0);
  readonly #running: Promise<unknown>[] = [];
  readonly history = new History();
  generations = 0;

  constructor(plan: Plan, broken: (disk: Disk) => Disk) {
    this.#plan = plan;
    this.#broken = broken;
  }

  async run(): Promise<void> {
    for (let process = 0; process < PROCESSES; process++) this.#start(process, 0);
    for (const { process, operations, killed } of this.#plan.turns) {
      for (let done = 0; done < operations && (await this.#step(process)); done++);
      if (killed) this.#kill(process);
    }
    const all = Array.from({ length: PROCESSES }, (_, process) => process);
    for (let isBusy = true; isBusy;) {
      isBusy = false;
      for (const process of all) while (await this.#step(process)) isBusy = true;
    }
    for (const mistake of await Promise.all(this.#running)) if (mistake !== null) throw mistake;
    await this.#readAll();
    this.history.check();
  }

  #kill(process: number): void {
    this.#lives[process] = (this.#lives[process] ?? 0) + 1;
    this.#waiting[process] = []; // nothing of it happens any more
    this.#start(process, this.#plan.actions.length - 1 - process);
  }

  #start(process: number, plan: number): void {
    const life = this.#lives[process];
    const gate = (): Promise<void> =>
      new Promise((resolve) => {
        if (this.#lives[process] === life) this.#waiting[process]?.push(resolve);
      });
    const gated = interceptDisk(this.#memory.process(Number.POSITIVE_INFINITY, gate), async (operation, path, go) => {
      await gate();
      if (operation === 'makeFolder' && path.includes('generation-')) this.generations += 1;
      return go();
    });
    const port = haDirectory({ folder: '/ha', disk: this.#broken(gated), entriesMax: ENTRIES_MAX });
    this.#running[process] = this.#act((request) => port.request(request), this.#plan.actions[plan] ?? []).then(
      () => null,
      (error: unknown) => error,
    );
  }

  async #act(
    ask: (request: PortRequest) => Promise<PortAnswer | PortFailed>,
    actions: readonly Action[],
  ): Promise<void> {
    const seen = new Map<string, number>();
    for (const action of actions) {
      const since = this.history.acknowledged;
      if (action === 'read') {
        const answer = await ask({ kind: 'ha-read', prefix: '' });
        if (answer.kind !== 'ha-entries') throw new Error(JSON.stringify(answer));
        this.history.onRead(answer, since);
        for (const { key, revision } of answer.entries) seen.set(key, revision);
        continue;
      }
      const { key } = action;
      const ifRevision = { none: null, new: 0, seen: seen.get(key) ?? 0 }[action.condition];
      const value = this.history.draw({ key, ifRevision });
      const answer = await ask({ kind: 'ha-write', key, value: Uint8Array.of(value), ifRevision, ifEpoch: null });
      if (answer.kind === 'ha-written') this.history.onWritten(value, answer.revision);
      else if (answer.kind === 'ha-conflict') seen.set(key, answer.entry?.revision ?? 0);
      else if (answer.kind === 'failed' && answer.outcome === 'unknown') seen.delete(key);
      else throw new Error(JSON.stringify(answer));
    }
  }

  /** One operation of its disk; false: there is none. */
  async #step(process: number): Promise<boolean> {
    await settled();
    const go = this.#waiting[process]?.shift();
    go?.();
    await settled();
    return go !== undefined;
  }

  async #readAll(): Promise<void> {
    const port = haDirectory({ folder: '/ha', disk: this.#memory.process() });
    const answer = await port.request({ kind: 'ha-read', prefix: '' });
    if (answer.kind !== 'ha-entries') throw new Error(JSON.stringify(answer));
    this.history.onRead(answer, this.history.acknowledged);
  }
}

/** Everything that waits for no operation has been done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// ---- Plans

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ key: fc.constantFrom('a', 'b'), condition: fc.constantFrom('none', 'new', 'seen') }),
  },
  { weight: 1, arbitrary: fc.constant('read' as const) },
);

const plan: fc.Arbitrary<Plan> = fc.record({
  actions: fc.array(fc.array(action, { minLength: 4, maxLength: 8 }), { minLength: 6, maxLength: 6 }),
  turns: fc.array(
    fc.record({
      process: fc.nat(PROCESSES - 1),
      operations: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 160 })),
      killed: fc.nat(9).map((draw) => draw === 0),
    }),
    { minLength: 5, maxLength: 25 },
  ),
});

const sound = (disk: Disk): Disk => disk;

/** Runs plans until one shows a mistake. */
async function search(broken: (disk: Disk) => Disk, seed: number, runs: number): Promise<fc.RunDetails<[Plan]>> {
  let generations = 0;
  const property = fc.asyncProperty(plan, async (drawn) => {
    const world = new World(drawn, broken);
    await world.run();
    generations += world.generations;
  });
  const details = await fc.check(property, { seed, numRuns: runs, endOnFailure: true });
  if (!details.failed) expect(generations).toBeGreaterThan(3 * runs);
  return details;
}

test('whatever the schedule, what processes are told fits one history', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { failed, counterexample, errorInstance } = await search(sound, seed, 300);
  expect(failed, `seed ${seed}: ${String(errorInstance)}\n${JSON.stringify(counterexample)}`).toBe(false);
}, 120_000);

/** Deletes the entries of a generation where they are, and leaves the folder. */
function deletingInPlace(disk: Disk): Disk {
  return {
    ...disk,
    async rename(from, to) {
      if (!to.includes('/removed-')) return disk.rename(from, to);
      for (const { name } of await disk.list(from)) await disk.remove(`${from}${name}`);
    },
  };
}

/** Believes a link into a folder that is removed by then. */
function believingLinks(disk: Disk): Disk {
  let isLinked = false;
  return {
    ...disk,
    async link(from, to) {
      await disk.link(from, to);
      isLinked = to.includes('/0000');
    },
    async syncFolder(path) {
      const believes = isLinked;
      isLinked = false;
      await disk.syncFolder(path).catch((error: unknown) => {
        if (!believes) throw error;
      });
    },
  };
}

/** Takes an entry that is not there for one that never was, without a look at its folder. */
function believingReads(disk: Disk): Disk {
  let isMissing = false;
  return {
    ...disk,
    async read(path) {
      const bytes = await disk.read(path);
      isMissing = bytes === null;
      return bytes;
    },
    link(from, to) {
      isMissing = false; // a writer looks
      return disk.link(from, to);
    },
    isFolder: async (path) => isMissing || disk.isFolder(path),
  };
}

const SEED = 6; // finds each of them soon

describe('found out', () => {
  test.each([
    ['entries that are deleted in place', deletingInPlace, / is of write | and \d+ is before it|a read at /],
    [
      'a link that is believed without a look at its folder',
      believingLinks,
      / is of write | and \d+ is before it|a read at /,
    ],
    ['a reader that does not see that its generation is gone', believingReads, /a read at |writes-contended/],
  ])(
    '%s',
    async (_, broken, mistake) => {
      const { failed, errorInstance } = await search(broken, SEED, 3_000);
      expect(failed).toBe(true);
      expect(String(errorInstance)).toMatch(mistake);
    },
    180_000,
  );
});
