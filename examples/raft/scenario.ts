// Raft on three nodes, and two clients of the map that it keeps, while nodes die, stop and lose each other. What the clients saw must be
// linearizable; one node leads a term; what is committed stays.
//
//   npm run sim -- --scenario examples/raft/scenario.ts --seeds 1..1000
//   npm run real -- --scenario examples/raft/scenario.ts
import { defineMachines, durableLog, linearizable, type SequentialModel } from 'millrace/sim';
import { raftClient, type ClientState } from './client.ts';
import { committedAgree, oneLeaderPerTerm } from './oracles.ts';
import { raft, type Bug } from './raft.ts';
import type { Durable, Operation } from './words.ts';

const nodes = ['node-1', 'node-2', 'node-3'];
const clients = ['client-1', 'client-2'];
const CALLS = 12; // of each client

/** One key of the map: a register, 0 before anything is put. */
const register: SequentialModel<number, Operation, number> = {
  init: 0,
  step(value, operation, result) {
    const next = operation.op === 'put' ? operation.value : value;
    return result === undefined || result === next ? next : null;
  },
  partition: ({ key }) => key,
};

const isAnswered = (state: unknown): boolean => (state as ClientState).answered === CALLS;

export const raftScenario = (name: string, bug: Bug | null) =>
  defineMachines({
    name,
    about: 'Two clients write and read a replicated map, while its nodes die, stop and lose each other.',
    messages: ['request-vote', 'vote', 'append', 'appended', 'command', 'applied', 'not-leader'],
    nodes: [
      ...nodes.map((address) => ({
        address,
        machine: raft(
          nodes.filter((node) => node !== address),
          bug,
        ),
      })),
      ...clients.map((address) => ({ address, machine: raftClient(nodes, CALLS) })),
    ],
    services: [durableLog<Durable>()],
    sim: { networkLatencyUs: 1_000, networkJitterUs: 5_000 },
    faults: { crash: 25, partition: 3, 'connection-break': 3, pause: 1, 'message-delay': 1, 'request-unknown': 1 },
    aim: { crash: { nodes, kinds: ['log-appended'], shortestMs: 50, longestMs: 1_200 }, pause: { nodes } },
    oracles: [linearizable({ model: register }), oneLeaderPerTerm, committedAgree],
    isOver: (view) => view.nodes().every(({ role, state }) => role !== 'client' || isAnswered(state)),
    runMs: 3_000,
    settleMs: 20_000,
  });

export const scenario = raftScenario('raft', null);
