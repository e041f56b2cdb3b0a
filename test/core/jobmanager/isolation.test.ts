// A leader that no TaskManager can reach: it resigns where TaskManagers say so through the HA service, and nowhere else.
import { describe, expect, test } from 'vitest';
import { encodeLeader, encodeUnreached } from '../../../src/core/protocol/records-codec.ts';
import { FakeStores } from './fake-stores.ts';
import { Lab, leading, NOT_APPLIED } from './lab.ts';

const say = (stores: FakeStores, epoch: number, taskManager = 'tm-1'): number =>
  stores.put(`unreached/${taskManager}`, encodeUnreached({ epoch }));

const { options } = new Lab();
const { leaseMs, heartbeatTimeoutMs, requestRetryMs, heartbeatIntervalMs, leaseRenewIntervalMs } = options;
/** A leader looks at what TaskManagers say when it heard none for so long. */
const unheardMs = heartbeatTimeoutMs + 2 * requestRetryMs;
const TICK_MS = 50;

/** JobManagers that share an HA service, and a TaskManager that reaches those of them that are not cut off. */
class Split {
  readonly stores = new FakeStores();
  readonly labs: readonly Lab[];
  readonly cut = new Set<string>();
  /** It has no process: it neither answers nor says anything. */
  isDown = false;
  /** Who led, one after the other. */
  readonly leaders: string[] = [];
  /** Without a leader that it reaches, at the longest, in ms. */
  longestMs = 0;
  #epoch = 0;
  #heardAt: number;

  constructor(jobManagers: number) {
    this.labs = Array.from(
      { length: jobManagers },
      (_, index) => new Lab({ address: `jm-${index + 1}`, stores: this.stores }),
    );
    this.#heardAt = this.now;
  }

  get now(): number {
    return (this.labs[0] as Lab).now;
  }

  pass(ms: number): void {
    const until = this.now + ms;
    while (this.now < until) {
      for (const lab of this.labs) lab.pass(TICK_MS);
      for (const lab of this.labs) this.#beTaskManager(lab);
      this.longestMs = Math.max(this.longestMs, this.now - this.#heardAt);
    }
  }

  #beTaskManager(lab: Lab): void {
    lab.serve();
    const { leader } = lab.state;
    lab.outgoing = [];
    if (leader === null || leader.epoch < this.#epoch) return;
    if (leader.epoch > this.#epoch) this.leaders.push(lab.address);
    const [isNew, epoch] = [leader.epoch > this.#epoch, leader.epoch];
    this.#epoch = epoch;
    if (this.isDown) return;
    if (!this.cut.has(lab.address)) return this.#answer(lab);
    if (isNew) this.#heardAt = this.now;
    if (this.now - this.#heardAt >= heartbeatTimeoutMs + requestRetryMs) say(this.stores, epoch);
  }

  #answer(lab: Lab): void {
    const body = { epoch: this.#epoch, incarnation: 1 };
    lab.deliver('tm-1', 'register-task-manager', { ...body, slots: 1, death: null });
    lab.deliver('tm-1', 'heartbeat-answer', { ...body, slots: [], tasks: [] });
    this.#heardAt = this.now;
    this.stores.keys.delete('unreached/tm-1');
  }

  leader(): string {
    return this.leaders.at(-1) ?? '';
  }
}

describe('without a word of TaskManagers', () => {
  test('a leader stays, however long there is none', () => {
    const split = new Split(2);
    split.isDown = true;
    split.pass(120_000);
    expect(split.leaders).toEqual(['jm-1']);
  });

  test('nor does it look before it could hear one', () => {
    const lab = leading();
    lab.held = (request) => request.kind === 'ha-read';
    lab.pass(unheardMs - 1);
    expect(lab.requests('ha-read')).toEqual([]);
    lab.pass(1);
    expect(lab.requests('ha-read').map(({ request }) => request.prefix)).toEqual(['unreached/']);
    lab.pass(4_000);
    expect(lab.requests('ha-read')).toHaveLength(1);
  });

  test('one that hears a TaskManager does not look, whatever another one says', () => {
    const split = new Split(1);
    split.pass(1_000);
    say(split.stores, 1, 'tm-2');
    split.pass(60_000);
    expect(split.leaders).toEqual(['jm-1']);
    expect(split.stores.keys.has('unreached/tm-2')).toBe(true);
  });

  test.each([
    ['of another epoch', encodeUnreached({ epoch: 9 })],
    ['that cannot be read', new Uint8Array([1, 2])],
  ])('a record %s is none', (_, value) => {
    const lab = leading();
    lab.stores.put('unreached/tm-1', value);
    lab.pass(60_000);
    expect(lab.leader.epoch).toBe(1);
  });
});

describe('a leader that TaskManagers cannot reach', () => {
  test('resigns, and tells who says so', () => {
    const lab = leading();
    say(lab.stores, 1, 'tm-1');
    say(lab.stores, 1, 'tm-2');
    lab.pass(unheardMs);
    expect(lab.state.leader).toBe(null);
    expect(lab.traces.join('\n')).toContain('no TaskManager answers, and tm-1, tm-2 cannot reach it');
  });

  test('reads again when that failed', () => {
    const lab = leading();
    say(lab.stores, 1);
    lab.held = (request) => request.kind === 'ha-read';
    lab.pass(unheardMs);
    lab.answer(lab.requests('ha-read')[0]!, NOT_APPLIED);
    expect(lab.leader.epoch).toBe(1);
    lab.held = () => false;
    lab.pass(leaseRenewIntervalMs);
    expect(lab.state.leader).toBe(null);
  });

  test('stays when one answers before it has read what they say', () => {
    const lab = leading();
    say(lab.stores, 1);
    lab.held = (request) => request.kind === 'ha-read';
    lab.pass(heartbeatTimeoutMs - 1);
    lab.deliver('tm-1', 'register-task-manager', { epoch: 1, incarnation: 1, slots: 1, death: null });
    lab.pass(2 * requestRetryMs + 1);
    const [read] = lab.requests('ha-read');
    lab.deliver('tm-1', 'heartbeat-answer', { epoch: 1, incarnation: 1, slots: [], tasks: [] });
    lab.apply(read!);
    expect(lab.leader.epoch).toBe(1);
  });

  test('leaves the lead to another one at once, and does not come back', () => {
    const split = new Split(2);
    split.pass(5_000);
    split.cut.add('jm-1');
    split.pass(60_000);
    expect(split.leaders).toEqual(['jm-1', 'jm-2']);
    expect(split.longestMs).toBeLessThanOrEqual(
      unheardMs + 2 * leaseRenewIntervalMs + heartbeatIntervalMs, // nobody waits for the end of the lease
    );
  });

  test('leads again when it was healed, and the other one is cut off', () => {
    const split = new Split(2);
    split.pass(5_000);
    for (const address of ['jm-1', 'jm-2', 'jm-1', 'jm-2']) {
      split.cut.add(address);
      split.pass(12_000);
      split.cut.clear();
    }
    expect(split.leaders).toEqual(['jm-1', 'jm-2', 'jm-1', 'jm-2', 'jm-1']);
  });

  test('stays for as long as it would have yielded, when the other one could not be reached either', () => {
    const split = new Split(2);
    split.pass(5_000);
    for (const { address } of split.labs) split.cut.add(address);
    const cutMs = 40_000;
    const led: number[] = [];
    for (let passed = 0; passed < cutMs; passed += TICK_MS) {
      split.pass(TICK_MS);
      if (split.labs.some(({ state }) => state.leader !== null)) led.push(passed);
    }
    // One of the two stays for three leases the first time, then for six, and so on; the other one resigns as soon as it is told.
    expect(split.leaders.length).toBeLessThanOrEqual(7);
    const gaps = led.slice(1).map((at, index) => at - led[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3 * leaseRenewIntervalMs);
  });

  test('takes turns with others that cannot be reached either, until one is healed', () => {
    const split = new Split(3);
    split.pass(2_000);
    for (const { address } of split.labs) split.cut.add(address);
    split.pass(60_000);
    expect(new Set(split.leaders)).toEqual(new Set(['jm-1', 'jm-2', 'jm-3']));
    split.longestMs = 0;
    split.cut.delete('jm-2');
    split.pass(60_000);
    expect(split.leader()).toBe('jm-2');
    expect(split.leaders.at(-2)).not.toBe('jm-2');
  });
});

describe('a JobManager that resigned', () => {
  /** It hears nobody, and each of its epochs is told of. Returns when it resigned, in ms. */
  function resignations(ms: number): { readonly lab: Lab; readonly at: readonly number[] } {
    const lab = leading();
    const at: number[] = [];
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      const before = lab.state.leader;
      if (before !== null) say(lab.stores, before.epoch);
      lab.pass(TICK_MS);
      if (before !== null && lab.state.leader === null) at.push(lab.now);
    }
    return { lab, at };
  }

  test('yields twice as long each time, and to nobody for ever', () => {
    const { at } = resignations(400_000);
    const pauses = at.slice(1).map((one, index) => one - at[index]!);
    expect(pauses.length).toBeGreaterThan(6);
    const yieldMs = 3 * leaseMs;
    for (const [index, pause] of pauses.entries()) {
      const doubled = yieldMs * 2 ** Math.min(index, 4);
      expect(pause).toBeGreaterThanOrEqual(doubled);
      expect(pause).toBeLessThanOrEqual(doubled + yieldMs + unheardMs);
    }
  });

  test('leads again when nobody else campaigned in two leases', () => {
    const lab = leading();
    say(lab.stores, 1);
    lab.pass(unheardMs);
    lab.pass(2 * leaseMs - 1);
    expect(lab.state.election.role).toBe('STANDBY');
    lab.pass(leaseRenewIntervalMs);
    expect(lab.leader.epoch).toBe(2);
  });

  test('waits a lease longer if it could not say that it resigned, as others do', () => {
    const lab = leading();
    say(lab.stores, 1);
    lab.held = (request) => request.kind === 'ha-write';
    lab.pass(unheardMs);
    lab.answer(lab.writeOf('leader'), NOT_APPLIED);
    lab.held = () => false;
    lab.pass(3 * leaseMs - 1);
    expect(lab.state.election.role).toBe('STANDBY');
    lab.pass(leaseRenewIntervalMs);
    expect(lab.leader.epoch).toBe(2);
  });

  test('says so under its own epoch alone', () => {
    const lab = leading();
    say(lab.stores, 1);
    lab.held = (request) => request.kind === 'ha-write';
    lab.pass(unheardMs);
    const write = lab.writeOf('leader');
    expect(write.request).toMatchObject({ ifEpoch: 1 });
    lab.stores.put('leader', encodeLeader({ epoch: 2, address: 'jm-2', resigned: false }));
    lab.apply(write);
    expect(lab.stores.epoch()).toBe(2);
  });

  test('begins anew when a TaskManager reached it', () => {
    const { lab } = resignations(40_000);
    expect(lab.state.election.resignations).toBeGreaterThan(1);
    if (lab.state.leader === null) lab.pass(3 * leaseMs + leaseRenewIntervalMs);
    const body = { epoch: lab.leader.epoch, incarnation: 1 };
    lab.deliver('tm-1', 'register-task-manager', { ...body, slots: 1, death: null });
    lab.deliver('tm-1', 'heartbeat-answer', { ...body, slots: [], tasks: [] });
    expect(lab.state.election).toMatchObject({ resignations: 0, yieldsUntil: 0 });
  });
});

describe('a new leader', () => {
  test('deletes what was said of older ones, and only that', () => {
    const stores = new FakeStores();
    say(stores, 3, 'tm-1');
    say(stores, 7, 'tm-2');
    stores.put('unreached/tm-3', new Uint8Array([1]));
    const lab = new Lab({ stores });
    lab.serve();
    expect(lab.leader.epoch).toBe(1);
    expect([...stores.keys.keys()].filter((key) => key.startsWith('unreached/'))).toEqual([
      'unreached/tm-1',
      'unreached/tm-2',
    ]);
  });

  test('leaves what a TaskManager wrote meanwhile', () => {
    const stores = new FakeStores();
    const lab = new Lab({ stores });
    lab.serve();
    lab.pass(100);
    say(stores, 1, 'tm-1');
    const next = new Lab({ stores });
    next.held = (request) => request.kind === 'ha-write' && request.key.startsWith('unreached/');
    next.serve();
    say(stores, next.leader.epoch, 'tm-1');
    next.apply(next.writeOf('unreached/'));
    expect(stores.keys.has('unreached/tm-1')).toBe(true);
    expect(next.leader.epoch).toBe(2);
  });
});
