// Raft on three nodes, and two clients of the map that it keeps, while nodes die, stop and lose each other. What the clients saw must be
// linearizable; one node leads a term; what is committed stays.
//
//   npm run sim -- --scenario examples/raft/scenario.ts --seeds 1..1000
//   npm run real -- --scenario examples/raft/scenario.ts
import { defineMachines, durableLog, linearizable, type SequentialModel } from 'millrace/sim';
import { raftClient, type ClientState } from './client.ts';
import { committedAgree, oneLeaderPerTerm } from './oracles.ts';
import { ELECTION, raft, type Bug, type ElectionTimeout } from './raft.ts';
import type { Durable, Operation } from './words.ts';

const nodes = ['node-1', 'node-2', 'node-3'];

/** How large a scenario is. */
export interface RaftSize {
  readonly clients: number;
  /** Of each client. */
  readonly calls: number;
  /** Of each node, by its index. */
  readonly electionOf: (node: number) => ElectionTimeout;
  /** Inputs at which nodes die; null: any. */
  readonly crashKinds: readonly string[] | null;
  /** How long a node is down at the most. Default 1,200. */
  readonly downMsMax?: number;
  readonly runMs: number;
}

const SIZE: RaftSize = {
  clients: 2,
  calls: 12,
  electionOf: () => ELECTION,
  crashKinds: ['log-appended'],
  runMs: 3_000,
};

/** One key of the map: a register, 0 before anything is put. */
const register: SequentialModel<number, Operation, number> = {
  init: 0,
  step(value, operation, result) {
    const next = operation.op === 'put' ? operation.value : value;
    return result === undefined || result === next ? next : null;
  },
  partition: ({ key }) => key,
};

const clientsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `client-${index + 1}`);

export const raftScenario = (
  name: string,
  bug: Bug | null,
  { clients, calls, electionOf, crashKinds, downMsMax = 1_200, runMs }: RaftSize = SIZE,
) =>
  defineMachines({
    name,
    about: 'Clients write and read a replicated map, while its nodes die, stop and lose each other.',
    messages: ['request-vote', 'vote', 'append', 'appended', 'command', 'applied', 'not-leader'],
    nodes: [
      ...nodes.map((address, index) => ({
        address,
        machine: raft(
          nodes.filter((node) => node !== address),
          bug,
          electionOf(index),
        ),
      })),
      ...clientsOf(clients).map((address) => ({ address, machine: raftClient(nodes, calls) })),
    ],
    services: [durableLog<Durable>()],
    sim: { networkLatencyUs: 1_000, networkJitterUs: 5_000 },
    faults: { crash: 25, partition: 3, 'connection-break': 3, pause: 1, 'message-delay': 1, 'request-unknown': 1 },
    aim: {
      crash: { nodes, ...(crashKinds === null ? {} : { kinds: crashKinds }), shortestMs: 50, longestMs: downMsMax },
      pause: { nodes },
    },
    oracles: [linearizable({ model: register }), oneLeaderPerTerm, committedAgree],
    isOver: (view) =>
      view.nodes().every(({ role, state }) => role !== 'client' || (state as ClientState).answered === calls),
    runMs,
    settleMs: 20_000,
  });

export const scenario = raftScenario('raft', null);
