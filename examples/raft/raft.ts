// A Raft node (Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm", 2014): election, log replication, and a map that
// the log is applied to. Term, vote and log are durable before anything that rests on them is said.
import {
  NEVER,
  REQUESTS,
  assert,
  deepFreeze,
  type Input,
  type Machine,
  type MessageOf,
  type Outbox,
} from 'millrace/sim';
import type { Durable, Entry, RaftBodies, RaftWords } from './words.ts';

/** How long a node waits for a leader: so long, and for less than `spreadMs` more, drawn anew each time. */
export interface ElectionTimeout {
  readonly leastMs: number;
  readonly spreadMs: number;
}

export const ELECTION: ElectionTimeout = { leastMs: 150, spreadMs: 150 };
const HEARTBEAT_MS = 50;
const LOG = 'raft';

/** Bugs that can be had, so that one sees them found. */
export type Bug = 'forgotten-vote' | 'old-term-commit';

export interface RaftState {
  // Durable.
  term: number;
  votedFor: string;
  log: readonly Entry[];
  // Of this incarnation.
  role: 'loading' | 'follower' | 'candidate' | 'leader';
  leader: string;
  readonly votes: Set<string>;
  /** Of each peer: the next index to send, and up to where its log is known to be the leader's. */
  readonly peers: Map<string, { next: number; match: number }>;
  commit: number;
  applied: number;
  readonly values: Map<string, number>;
  /** The latest call of each client that was applied, with its result. */
  readonly sessions: Map<string, { call: number; result: number }>;
  /** When to campaign, or to send the next heartbeat. */
  deadline: number;
  // Writing down: `version` rises with each change of what is durable.
  version: number;
  /** The version that is being written, and how long its log is; 0: none. */
  writing: number;
  writingLength: number;
  written: number;
  writtenLength: number;
  /** Entries in the durable log. */
  end: number;
  nextRequest: number;
  /** Messages that leave when this version is written. */
  held: readonly Held[];
}

interface Held {
  readonly version: number;
  readonly to: string;
  readonly kind: keyof RaftBodies;
  readonly body: RaftBodies[keyof RaftBodies];
}

type Out = Outbox<RaftWords>;
type Body<K extends keyof RaftBodies> = RaftBodies[K];

/** What a step is given beside the state. */
interface Step {
  readonly now: number;
  readonly out: Out;
  readonly peers: readonly string[];
  readonly bug: Bug | null;
  readonly election: ElectionTimeout;
}

/** @param peers the addresses of the other nodes. */
export function raft(
  peers: readonly string[],
  bug: Bug | null = null,
  election: ElectionTimeout = ELECTION,
): Machine<RaftState, RaftWords> {
  return {
    role: 'raft-node',
    create,
    step(state, input, out) {
      const step: Step = { now: input.now, out, peers, bug, election };
      onInput(state, input, step);
      writeDown(state, step);
      sendWritten(state, out);
    },
    wakeAt: ({ deadline }) => deadline,
    hasWork: () => false,
    checkInvariants(state) {
      assert(state.applied <= state.commit && state.commit <= state.log.length, 'applied ≤ commit ≤ length of the log');
      assert(state.written <= state.version, 'nothing is written before it is so');
    },
    relative: {
      counters: ({ nextRequest }) => ({ [REQUESTS]: nextRequest }),
      shift(state, by) {
        state.deadline = by.moment(state.deadline);
        state.nextRequest = by.request(state.nextRequest);
      },
    },
  };
}

function create(): RaftState {
  return {
    term: 0,
    votedFor: '',
    log: [],
    role: 'loading',
    leader: '',
    votes: new Set(),
    peers: new Map(),
    commit: 0,
    applied: 0,
    values: new Map(),
    sessions: new Map(),
    deadline: NEVER,
    version: 0,
    writing: 0,
    writingLength: 0,
    written: 0,
    writtenLength: 0,
    end: 0,
    nextRequest: 1,
    held: [],
  };
}

function onInput(state: RaftState, input: Input<RaftWords>, step: Step): void {
  switch (input.kind) {
    case 'start':
      return read(state, step.out);
    case 'message':
      if (state.role !== 'loading') onMessage(state, input.message, step);
      return;
    case 'completed':
      return onCompleted(state, input, step);
    case 'wake':
      return state.role === 'leader' ? sendHeartbeats(state, step) : campaign(state, step);
    case 'work':
    case 'connection-lost':
      return; // what was lost on its way is sent again with the next heartbeat
  }
}

function onMessage(state: RaftState, message: MessageOf<RaftWords>, step: Step): void {
  const { from } = message;
  if ('term' in message.body && message.body.term > state.term) follow(state, message.body.term, step);
  switch (message.kind) {
    case 'request-vote':
      return onRequestVote(state, from, message.body, step);
    case 'vote':
      return onVote(state, from, message.body, step);
    case 'append':
      return onAppend(state, from, message.body, step);
    case 'appended':
      return onAppended(state, from, message.body, step);
    case 'command':
      return onCommand(state, from, message.body, step);
    case 'applied':
    case 'not-leader':
      return; // for clients
  }
}

// ---- Election

/** A newer term: whatever the node was, it is a follower now. */
function follow(state: RaftState, term: number, step: Step): void {
  state.term = term;
  state.votedFor = '';
  state.leader = '';
  change(state);
  rest(state, step);
}

function rest(state: RaftState, { now, out, election: { leastMs, spreadMs } }: Step): void {
  state.role = 'follower';
  state.deadline = now + leastMs + out.pick('election-timeout', spreadMs);
}

function campaign(state: RaftState, step: Step): void {
  const { out, peers } = step;
  rest(state, step);
  state.role = 'candidate';
  state.term += 1;
  state.votedFor = out.address;
  state.leader = '';
  change(state);
  state.votes.clear();
  state.votes.add(out.address);
  const lastIndex = state.log.length;
  for (const peer of peers)
    say(state, peer, 'request-vote', { term: state.term, lastIndex, lastTerm: termAt(state, lastIndex) });
}

function onRequestVote(state: RaftState, from: string, body: Body<'request-vote'>, step: Step): void {
  const isFree = state.votedFor === '' || state.votedFor === from;
  const granted = body.term === state.term && isFree && isUpToDate(state, body);
  if (granted) {
    state.votedFor = from;
    change(state);
    rest(state, step);
  }
  say(state, from, 'vote', { term: state.term, granted });
}

/** Whoever lacks a committed entry gets no majority. */
function isUpToDate(state: RaftState, { lastIndex, lastTerm }: Body<'request-vote'>): boolean {
  const ownTerm = termAt(state, state.log.length);
  return lastTerm > ownTerm || (lastTerm === ownTerm && lastIndex >= state.log.length);
}

function onVote(state: RaftState, from: string, { term, granted }: Body<'vote'>, step: Step): void {
  if (state.role !== 'candidate' || term !== state.term || !granted) return;
  state.votes.add(from);
  if (state.votes.size >= majorityOf(step)) lead(state, step);
}

function lead(state: RaftState, step: Step): void {
  state.role = 'leader';
  state.leader = step.out.address;
  step.out.note({ kind: 'leader-elected', term: state.term });
  for (const peer of step.peers) state.peers.set(peer, { next: state.log.length + 1, match: 0 });
  sendHeartbeats(state, step);
}

function majorityOf({ peers }: Step): number {
  return Math.floor((peers.length + 1) / 2) + 1;
}

// ---- Replication

function sendHeartbeats(state: RaftState, { now, peers }: Step): void {
  state.deadline = now + HEARTBEAT_MS;
  for (const peer of peers) sendAppend(state, peer);
}

function sendAppend(state: RaftState, peer: string): void {
  const { term, commit, log } = state;
  const prevIndex = (state.peers.get(peer)?.next ?? 1) - 1;
  const entries = log.slice(prevIndex);
  say(state, peer, 'append', { term, prevIndex, prevTerm: termAt(state, prevIndex), entries, commit });
}

function onAppend(state: RaftState, from: string, body: Body<'append'>, step: Step): void {
  const { term, prevIndex, prevTerm, entries, commit } = body;
  if (term < state.term) return say(state, from, 'appended', { term: state.term, ok: false, match: 0 });
  rest(state, step);
  state.leader = from;
  const fits = prevIndex <= state.log.length && termAt(state, prevIndex) === prevTerm;
  if (!fits) return say(state, from, 'appended', { term, ok: false, match: Math.min(state.log.length, prevIndex - 1) });
  takeEntries(state, prevIndex, entries);
  const match = prevIndex + entries.length;
  commitTo(state, Math.min(commit, match));
  say(state, from, 'appended', { term, ok: true, match });
}

/** Entries that are there already stay: the message may be an old one. The first that differs, and all behind it, give way. */
function takeEntries(state: RaftState, prevIndex: number, entries: readonly Entry[]): void {
  const first = entries.findIndex((entry, at) => termAt(state, prevIndex + 1 + at) !== entry.term);
  if (first < 0) return;
  state.log = [...state.log.slice(0, prevIndex + first), ...entries.slice(first)];
  change(state);
}

function onAppended(state: RaftState, from: string, { term, ok, match }: Body<'appended'>, step: Step): void {
  const peer = state.peers.get(from);
  if (state.role !== 'leader' || term !== state.term || peer === undefined) return;
  if (ok) {
    peer.match = Math.max(peer.match, match);
    peer.next = peer.match + 1;
    return commitMajority(state, step);
  }
  peer.next = Math.max(peer.match + 1, Math.min(peer.next - 1, match + 1));
  sendAppend(state, from);
}

/** What a majority has written is committed: by counting only for entries of the leader's own term (section 5.4.2 of the paper). */
function commitMajority(state: RaftState, step: Step): void {
  if (state.role !== 'leader') return;
  const matches = [state.writtenLength, ...[...state.peers.values()].map(({ match }) => match)];
  const index = matches.sort((a, b) => b - a)[majorityOf(step) - 1] as number;
  const isCountable = termAt(state, index) === state.term || step.bug === 'old-term-commit';
  if (isCountable) commitTo(state, index);
}

function commitTo(state: RaftState, index: number): void {
  state.commit = Math.max(state.commit, index);
  while (state.applied < state.commit) {
    state.applied += 1;
    applyEntry(state, state.log[state.applied - 1] as Entry);
  }
}

// ---- The map

function applyEntry(state: RaftState, { client, call, operation }: Entry): void {
  if ((state.sessions.get(client)?.call ?? 0) < call) {
    if (operation.op === 'put') state.values.set(operation.key, operation.value);
    state.sessions.set(client, { call, result: state.values.get(operation.key) ?? 0 });
  }
  if (state.role === 'leader') answer(state, client, call);
}

/** A call that was applied before is answered as it was then. */
function answer(state: RaftState, client: string, call: number): void {
  const session = state.sessions.get(client);
  if (session?.call === call) say(state, client, 'applied', { call, result: session.result });
}

function onCommand(state: RaftState, client: string, { call, operation }: Body<'command'>, { peers }: Step): void {
  if (state.role !== 'leader') return say(state, client, 'not-leader', { call, leader: state.leader });
  if ((state.sessions.get(client)?.call ?? 0) >= call) return answer(state, client, call);
  // One of this term is answered when it is committed. One of an earlier term may wait for ever: only an entry of this term commits it.
  if (state.log.some((entry) => entry.term === state.term && entry.client === client && entry.call === call)) return;
  state.log = [...state.log, deepFreeze({ term: state.term, client, call, operation })]; // shared with what is said of it
  change(state);
  for (const peer of peers) sendAppend(state, peer);
}

// ---- Writing down

/** What is durable changed: nothing that is said from here on leaves before it is written. */
function change(state: RaftState): void {
  state.version += 1;
}

function say<K extends keyof RaftBodies>(state: RaftState, to: string, kind: K, body: RaftBodies[K]): void {
  state.held = [...state.held, { version: state.version, to, kind, body }];
}

function sendWritten(state: RaftState, out: Out): void {
  const isWritten = ({ version }: Held): boolean => version <= state.written;
  for (const { to, kind, body } of state.held.filter(isWritten)) out.send(to, kind, body);
  state.held = state.held.filter((held) => !isWritten(held));
}

/** One write at a time; what changes meanwhile goes with the next. The newest record of the log counts. */
function writeDown(state: RaftState, { out, bug }: Step): void {
  if (state.version === state.written || state.writing !== 0) return;
  const { term, log, version } = state;
  const votedFor = bug === 'forgotten-vote' ? '' : state.votedFor;
  state.writing = version;
  state.writingLength = log.length;
  ask(state, out, { kind: 'log-append', log: LOG, at: state.end, entries: [{ term, votedFor, log }], sync: true });
}

function read(state: RaftState, out: Out): void {
  ask(state, out, { kind: 'log-read', log: LOG, from: 0, limit: null });
}

function ask(state: RaftState, out: Out, request: RaftWords['request']): void {
  out.request(state.nextRequest, request);
  state.nextRequest += 1;
}

function onCompleted(state: RaftState, { answer }: Extract<Input<RaftWords>, { kind: 'completed' }>, step: Step): void {
  switch (answer.kind) {
    case 'log-entries':
      return recover(state, answer.entries.at(-1) ?? null, answer.end, step);
    case 'log-appended':
      state.end = answer.end;
      state.written = state.writing;
      state.writtenLength = state.writingLength;
      state.writing = 0;
      return commitMajority(state, step);
    case 'log-refused': // a write whose outcome was unknown took effect after all
      state.end = answer.end;
      state.writing = 0; // so that it is written again
      return;
    case 'failed':
      if (state.role === 'loading') return read(state, step.out);
      state.writing = 0;
      return;
    case 'log-truncated':
    case 'log-synced':
      return; // never asked for
  }
}

function recover(state: RaftState, found: Durable | null, end: number, step: Step): void {
  state.term = found?.term ?? 0;
  state.votedFor = found?.votedFor ?? '';
  state.log = found?.log ?? [];
  state.writtenLength = state.log.length;
  state.end = end;
  rest(state, step);
}

function termAt({ log }: RaftState, index: number): number {
  return log[index - 1]?.term ?? 0;
}
