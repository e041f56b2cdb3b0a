// Two-phase commit (Gray, "Notes on Data Base Operating Systems", 1978): a coordinator asks all participants to prepare, decides, and tells
// them. A participant that prepared must wait for the decision, and asks for it when it does not come. No decision on record means abort.
import {
  NEVER,
  type Input,
  type LogAnswer,
  type LogRequest,
  type Machine,
  type MessageOf,
  type Outbox,
} from 'millrace/sim';

export type Outcome = 'commit' | 'abort';

/** What is written down: by the coordinator its decisions, by a participant also what it promised to commit. */
export interface Written {
  readonly transaction: number;
  readonly what: 'prepared' | Outcome;
}

export interface CommitWords {
  readonly bodies: {
    readonly prepare: { readonly transaction: number };
    readonly vote: { readonly transaction: number; readonly yes: boolean };
    readonly decision: { readonly transaction: number; readonly outcome: Outcome };
    readonly done: { readonly transaction: number };
    /** Of a participant that prepared and was told nothing. */
    readonly ask: { readonly transaction: number };
  };
  readonly request: LogRequest<Written>;
  readonly answer: LogAnswer<Written>;
  readonly note: { readonly kind: 'decided'; readonly transaction: number; readonly outcome: Outcome };
}

type Out = Outbox<CommitWords>;
type Message = MessageOf<CommitWords>;
type Completed = Extract<Input<CommitWords>, { readonly kind: 'completed' }>;

const RETRY_MS = 100;
const VOTES_MS = 300; // then the votes that are missing count as no
const LOG = 'commits';

/** An append-only log of a node, one entry at a time. */
interface Paper {
  /** Entries in it; -1: not read yet. */
  end: number;
  /** What is to be written, oldest first; the first is under way. */
  pending: readonly Written[];
  nextRequest: number;
}

const createPaper = (): Paper => ({ end: -1, pending: [], nextRequest: 1 });

function ask(paper: Paper, out: Out, request: LogRequest<Written>): void {
  out.request(paper.nextRequest, request);
  paper.nextRequest += 1;
}

const read = (paper: Paper, out: Out): void => ask(paper, out, { kind: 'log-read', log: LOG, from: 0, limit: null });

function write(paper: Paper, out: Out, entry: Written): void {
  paper.pending = [...paper.pending, entry];
  if (paper.pending.length === 1) append(paper, out);
}

function append(paper: Paper, out: Out): void {
  const [entry] = paper.pending;
  if (entry !== undefined)
    ask(paper, out, { kind: 'log-append', log: LOG, at: paper.end, entries: [entry], sync: true });
}

/** What an answer says: all entries that were found, or one that is durable now. */
function onAnswer(
  paper: Paper,
  { answer }: Completed,
  out: Out,
): { found: readonly Written[]; durable: Written | null } {
  const nothing = { found: [], durable: null };
  if (answer.kind === 'log-entries') {
    paper.end = answer.end;
    return { ...nothing, found: answer.entries };
  }
  if (answer.kind === 'log-appended') {
    const [durable = null, ...rest] = paper.pending;
    paper.end = answer.end;
    paper.pending = rest;
    append(paper, out);
    return { ...nothing, durable };
  }
  if (paper.end < 0) read(paper, out);
  else {
    // Refused: a write whose outcome was unknown took effect. It is written again behind itself, which says nothing new.
    if (answer.kind === 'log-refused') paper.end = answer.end;
    append(paper, out);
  }
  return nothing;
}

// ---- The coordinator

export interface CoordinatorState {
  readonly paper: Paper;
  /** The one under way; more than there are: all are over. */
  transaction: number;
  readonly votes: Set<string>;
  outcome: Outcome | null;
  /** Who knows the outcome and has it on record. */
  readonly done: Set<string>;
  readonly decided: Map<number, Outcome>;
  /** The one that was under way when the last incarnation died: no decision on record means abort. 0: none. */
  undecided: number;
  deadline: number;
  votesUntil: number;
}

/** @param forgets does not wait until its decision is on record before it tells it: a bug. */
export function coordinator(
  participants: readonly string[],
  transactions: number,
  forgets = false,
): Machine<CoordinatorState, CommitWords> {
  const toAll = (out: Out, state: CoordinatorState): void => {
    const { transaction, outcome } = state;
    for (const to of participants) {
      if (outcome === null) out.send(to, 'prepare', { transaction });
      else if (!state.done.has(to)) out.send(to, 'decision', { transaction, outcome });
    }
  };
  const begin = (state: CoordinatorState, transaction: number, now: number, out: Out): void => {
    state.transaction = transaction;
    state.votes.clear();
    state.done.clear();
    state.outcome = null;
    state.deadline = transaction > transactions ? NEVER : now + RETRY_MS;
    state.votesUntil = now + VOTES_MS;
    if (transaction > transactions) return;
    if (transaction === state.undecided) decide(state, 'abort', now, out);
    else toAll(out, state);
  };
  const tell = (state: CoordinatorState, outcome: Outcome, now: number, out: Out): void => {
    if (state.outcome !== null) return;
    state.outcome = outcome;
    state.decided.set(state.transaction, outcome);
    state.deadline = now + RETRY_MS;
    toAll(out, state);
  };
  const decide = (state: CoordinatorState, outcome: Outcome, now: number, out: Out): void => {
    if (state.outcome !== null || state.paper.pending.length > 0) return;
    if (forgets) tell(state, outcome, now, out);
    write(state.paper, out, { transaction: state.transaction, what: outcome });
  };
  const onMessage = (state: CoordinatorState, { kind, from, body }: Message, now: number, out: Out): void => {
    const { transaction } = body;
    const isCurrent = transaction === state.transaction;
    if (kind === 'ask' && transaction < state.transaction)
      out.send(from, 'decision', { transaction, outcome: state.decided.get(transaction) ?? 'abort' });
    if (kind === 'ask' && isCurrent && state.outcome !== null)
      out.send(from, 'decision', { transaction, outcome: state.outcome });
    if (kind === 'vote' && isCurrent && !body.yes) decide(state, 'abort', now, out);
    if (kind === 'vote' && isCurrent && body.yes && state.outcome === null) {
      state.votes.add(from);
      if (state.votes.size === participants.length) decide(state, 'commit', now, out);
    }
    if (kind === 'done' && isCurrent) {
      state.done.add(from);
      if (state.done.size === participants.length) begin(state, transaction + 1, now, out);
    }
  };
  return {
    role: 'coordinator',
    create: () => ({
      paper: createPaper(),
      transaction: 0,
      votes: new Set(),
      outcome: null,
      done: new Set(),
      decided: new Map(),
      undecided: 0,
      deadline: NEVER,
      votesUntil: NEVER,
    }),
    step(state, input, out) {
      const { paper } = state;
      if (input.kind === 'start') read(paper, out);
      if (input.kind === 'completed') {
        const wasRead = paper.end >= 0;
        const { found, durable } = onAnswer(paper, input, out);
        for (const { transaction, what } of found) state.decided.set(transaction, what as Outcome);
        if (durable !== null) tell(state, durable.what as Outcome, input.now, out);
        if (!wasRead && paper.end >= 0) resume(state, input.now, out);
      }
      if (input.kind === 'message' && paper.end >= 0) onMessage(state, input.message, input.now, out);
      if (input.kind === 'wake') {
        state.deadline = input.now + RETRY_MS;
        if (state.outcome === null && input.now >= state.votesUntil) decide(state, 'abort', input.now, out);
        else toAll(out, state);
      }
    },
    wakeAt: ({ deadline }) => deadline,
    hasWork: () => false,
    checkInvariants: () => {},
  };

  /** After a start: the last decision is told again, as nobody may have heard it. The transaction behind it is aborted. */
  function resume(state: CoordinatorState, now: number, out: Out): void {
    const last = Math.max(0, ...state.decided.keys());
    const outcome = state.decided.get(last);
    if (outcome === undefined) return begin(state, 1, now, out);
    state.undecided = last + 1;
    begin(state, last, now, out);
    tell(state, outcome, now, out);
  }
}

// ---- A participant

export interface ParticipantState {
  readonly paper: Paper;
  readonly known: Map<number, Written['what']>;
  deadline: number;
}

export function participant(boss: string): Machine<ParticipantState, CommitWords> {
  const onMessage = (state: ParticipantState, { kind, body }: Message, now: number, out: Out): void => {
    const { transaction } = body;
    const known = state.known.get(transaction);
    const isPending = state.paper.pending.some((entry) => entry.transaction === transaction);
    if (isPending) return; // it is asked or told again
    if (kind === 'prepare') {
      if (known === 'prepared') out.send(boss, 'vote', { transaction, yes: true });
      else if (known !== undefined) out.send(boss, 'vote', { transaction, yes: known === 'commit' });
      else if (out.pick('vote', 4) === 3) out.send(boss, 'vote', { transaction, yes: false });
      else write(state.paper, out, { transaction, what: 'prepared' });
    }
    if (kind === 'decision') {
      if (known === 'commit' || known === 'abort') out.send(boss, 'done', { transaction });
      else write(state.paper, out, { transaction, what: body.outcome });
    }
    state.deadline = now + RETRY_MS;
  };
  const onDurable = (state: ParticipantState, { transaction, what }: Written, out: Out): void => {
    state.known.set(transaction, what);
    if (what === 'prepared') out.send(boss, 'vote', { transaction, yes: true });
    else {
      out.note({ kind: 'decided', transaction, outcome: what });
      out.send(boss, 'done', { transaction });
    }
  };
  return {
    role: 'participant',
    create: () => ({ paper: createPaper(), known: new Map(), deadline: NEVER }),
    step(state, input, out) {
      const { paper, known } = state;
      if (input.kind === 'start') read(paper, out);
      if (input.kind === 'completed') {
        const { found, durable } = onAnswer(paper, input, out);
        for (const { transaction, what } of found) known.set(transaction, what);
        if (found.length > 0) state.deadline = input.now + RETRY_MS;
        if (durable !== null) onDurable(state, durable, out);
      }
      if (input.kind === 'message' && paper.end >= 0) onMessage(state, input.message, input.now, out);
      if (input.kind === 'wake') {
        const inDoubt = [...known].filter(([, what]) => what === 'prepared');
        for (const [transaction] of inDoubt) out.send(boss, 'ask', { transaction });
        state.deadline = inDoubt.length === 0 ? NEVER : input.now + RETRY_MS;
      }
    },
    wakeAt: ({ deadline }) => deadline,
    hasWork: () => false,
    checkInvariants: () => {},
  };
}
