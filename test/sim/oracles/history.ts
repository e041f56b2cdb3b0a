// Histories for oracles: observations made by hand, and services that hold what they say. Each line is what a world would show.
import type { Failed } from '../../../src/core/base/machine.ts';
import type { Effect } from '../../../src/core/base/outbox.ts';
import type { Envelope } from '../../../src/core/base/vocabulary.ts';
import type { Value } from '../../../src/core/base/value.ts';
import { LEADER_KEY } from '../../../src/core/protocol/ha-keys.ts';
import type { Bodies, Kind } from '../../../src/core/protocol/messages.ts';
import type { PortAnswer, PortRequest } from '../../../src/core/protocol/ports.ts';
import { encodeLeader } from '../../../src/core/protocol/records-codec.ts';
import { checkTree, cloneState } from '../../../src/core/base/state.ts';
import type { WorkFolders } from '../../../src/sim/cluster/services/work-folder.ts';
import { violationOf } from '../../../src/sim/observation.ts';
import type { NodeView, Observation, Oracle, Violate, Violation, WorldView } from '../../../src/sim/observation.ts';

interface SinkContent {
  readonly committed: { transaction: string; records: readonly Value[] }[];
  readonly prepared: Map<string, readonly Value[]>;
  readonly open: Map<string, readonly Value[]>;
}

export interface Writer {
  readonly sink: string;
  readonly writer: string;
  readonly token: { readonly epoch: number; readonly attempt: number };
}

export class History {
  readonly blobs = new Map<string, Uint8Array>();
  readonly entries = new Map<string, { value: Uint8Array; revision: number }>();
  readonly sinks = new Map<string, SinkContent>();
  readonly workFolders: WorkFolders = { disks: new Map() };
  readonly nodes: NodeView[] = [];
  readonly violations: Violation[] = [];
  nowMs = 0;
  revision = 0;
  readonly #oracle: Oracle;
  #state: unknown;

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
    this.#state = oracle.create();
  }

  get view(): WorldView {
    const services: Record<string, unknown> = {
      storage: { blobs: this.blobs },
      ha: { entries: this.entries, revision: this.revision },
      sink: { sinks: this.sinks },
      'work-folder': this.workFolders,
    };
    return {
      now: this.nowMs * 1_000,
      events: 0,
      nodes: () => this.nodes,
      node: (address) => this.nodes.find((node) => node.address === address),
      service: (name) => services[name],
    };
  }

  observe(observation: Observation): void {
    // A world may be forked at any time: what an oracle remembers must survive that.
    this.#state = cloneState(this.#state);
    this.#oracle.observe(this.#state, observation, this.view, this.#violate);
    const tangle = checkTree(this.#state);
    if (tangle !== null) throw new Error(`the state of ${this.#oracle.name} is no tree of plain data: ${tangle}`);
  }

  readonly #violate: Violate = (...report) => {
    this.violations.push(violationOf(this.#oracle, this.nowMs * 1_000, report));
  };

  finish(): readonly Violation[] {
    this.#oracle.finish(this.#state, this.view, this.#violate);
    return this.violations;
  }

  /** The sentences so far, each with its evidence. */
  get sentences(): readonly string[] {
    return this.violations.map(({ text, evidence }) => [text, ...evidence.map((line) => line.text)].join(' | '));
  }

  /** The rules that were broken so far. */
  get rules(): readonly string[] {
    return this.violations.map(({ rule }) => rule);
  }

  /** A node stepped, with a message or nothing, and sent or requested this. */
  step(node: string, effects: readonly Effect[], message: Envelope | null = null, incarnation = 1): void {
    const clock = { now: this.nowMs, wallTime: this.nowMs };
    const input =
      message === null
        ? { ...clock, kind: 'wake' as const }
        : { ...clock, kind: 'message' as const, message: message as never };
    this.observe({ kind: 'stepped', node, incarnation, input, effects, leavesAt: this.nowMs * 1_000 });
  }

  send<K extends Kind>(from: string, to: string, kind: K, body: Bodies[K]): void {
    this.step(from, [message(from, to, kind, body)]);
  }

  deliver<K extends Kind>(from: string, to: string, kind: K, body: Bodies[K]): void {
    this.step(to, [], message(from, to, kind, body));
  }

  /** Sent and delivered. */
  exchange<K extends Kind>(from: string, to: string, kind: K, body: Bodies[K]): void {
    this.send(from, to, kind, body);
    this.deliver(from, to, kind, body);
  }

  request(node: string, id: number, request: PortRequest): void {
    this.step(node, [{ effect: 'request', id, request }]);
  }

  completed(node: string, id: number, answer: PortAnswer | Failed): void {
    const input = { kind: 'completed' as const, now: this.nowMs, wallTime: this.nowMs, request: id, answer };
    this.observe({ kind: 'stepped', node, incarnation: 1, input, effects: [], leavesAt: this.nowMs * 1_000 });
  }

  applied(node: string, request: PortRequest, answer: PortAnswer, incarnation = 1): void {
    this.observe({ kind: 'applied', node, incarnation, id: 1, request, answer });
  }

  writeHa(
    node: string,
    key: string,
    value: Uint8Array | null,
    ifEpoch: number | null,
    incarnation = 1,
    ifRevision: number | null = this.revision,
  ): void {
    this.revision += 1;
    if (value === null) this.entries.delete(key);
    else this.entries.set(key, { value, revision: this.revision });
    const request: PortRequest = { kind: 'ha-write', key, value, ifRevision, ifEpoch };
    this.applied(node, request, { kind: 'ha-written', revision: this.revision }, incarnation);
  }

  lead(node: string, epoch: number, incarnation = 1): void {
    this.writeHa(node, LEADER_KEY, encodeLeader({ epoch, address: node, resigned: false }), null, incarnation);
  }

  put(node: string, name: string, bytes: Uint8Array): void {
    this.blobs.set(name, bytes);
    this.applied(node, { kind: 'storage-put', name, bytes }, { kind: 'stored' });
  }

  delete(node: string, name: string): void {
    this.blobs.delete(name);
    this.applied(node, { kind: 'storage-delete', name }, { kind: 'deleted' });
  }

  sink(name: string): SinkContent {
    const known = this.sinks.get(name) ?? { committed: [], prepared: new Map(), open: new Map() };
    this.sinks.set(name, known);
    return known;
  }

  openSink(node: string, writer: Writer, keep: readonly string[]): void {
    for (const name of this.sink(writer.sink).prepared.keys())
      if (!keep.includes(name)) this.sink(writer.sink).prepared.delete(name);
    this.applied(node, { kind: 'sink-open', ...writer, keep }, { kind: 'sink-opened' });
  }

  prepare(node: string, writer: Writer, transaction: string, records: readonly Value[]): void {
    this.sink(writer.sink).prepared.set(transaction, records);
    this.applied(node, { kind: 'sink-prepare', ...writer, transaction, chunks: 1 }, { kind: 'sink-prepared' });
  }

  commit(node: string, writer: Writer, transaction: string, records?: readonly Value[]): void {
    const sink = this.sink(writer.sink);
    const content = records ?? sink.prepared.get(transaction) ?? [];
    sink.prepared.delete(transaction);
    if (!sink.committed.some((one) => one.transaction === transaction))
      sink.committed.push({ transaction, records: content });
    this.applied(node, { kind: 'sink-commit', ...writer, transaction }, { kind: 'sink-committed' });
  }
}

export function message<K extends Kind>(from: string, to: string, kind: K, body: Bodies[K]): Envelope<K, Bodies[K]> {
  const streamClass = kind.startsWith('channel') || kind.includes('partition') ? 'data' : 'control';
  return { effect: 'send', streamClass, from, to, kind, body };
}
