// What the trace lines of a real run say: who leads, what runs where, which checkpoints there are, when records moved. Plain data and a
// reducer: it runs while the job runs, to know when to strike, and once more over the merged trace, to judge.
import type { TraceLine } from './trace-line.ts';

export interface Deployment {
  readonly atMs: number;
  /** Whoever deployed it: address and epoch. */
  readonly by: string;
  readonly epoch: number;
  readonly attempt: number;
  /** The checkpoint that it was restored from; 0: none. */
  readonly restoredFrom: number;
}

interface Ended {
  readonly checkpointId: number;
  readonly atMs: number;
}

export interface RunFacts {
  /** Who said last that it leads. */
  leader: { readonly node: string; readonly epoch: number } | null;
  elections: number;
  readonly completed: Ended[];
  readonly aborted: (Ended & { readonly reason: string })[];
  readonly deployments: Deployment[];
  /** Why the job restarted, in order. */
  readonly restarts: { readonly atMs: number; readonly reason: string }[];
  /** Attempts that are RUNNING, by TaskManager, as it says itself. */
  readonly running: Map<string, Set<string>>;
  /** When records moved: were read, crossed a channel, or went to a sink. */
  readonly movedAtMs: number[];
  /** When transactions became visible. */
  readonly committedAtMs: number[];
  /** Messages that were not acted upon, with a reason: who ignored what of whom. */
  readonly ignored: { readonly atMs: number; readonly by: string; readonly of: string }[];
  /** The last answer of a store, a source or a sink that was a failure: who got it, and why. */
  refusal: string | null;
  cleanedUp: boolean;
}

export function createFacts(): RunFacts {
  return {
    leader: null,
    elections: 0,
    completed: [],
    aborted: [],
    deployments: [],
    restarts: [],
    running: new Map(),
    movedAtMs: [],
    committedAtMs: [],
    ignored: [],
    refusal: null,
    cleanedUp: false,
  };
}

export function noteLine(facts: RunFacts, line: TraceLine): void {
  const atMs = line.at / 1_000;
  if (line.kind === 'started') facts.running.delete(line.node);
  const { input = '', effects = [] } = line;
  if (isCommit(input)) facts.committedAtMs.push(atMs);
  const refused = /^request \d+: failed \([^)]*\): (.*)$/s.exec(input);
  if (refused !== null) facts.refusal = `${line.node}: ${refused[1]}`;
  if (bringsRecords(input) || effects.some(takesRecords)) facts.movedAtMs.push(atMs);
  for (const effect of effects) noteEffect(facts, line.node, effect, atMs);
}

const isCommit = (input: string): boolean => /^request \d+: sink-committed$/.test(input);
const bringsRecords = (input: string): boolean =>
  /^request \d+: records [1-9]/.test(input) || /^channel-elements .* batch of [1-9]/.test(input);
const takesRecords = (effect: string): boolean => /^request \d+: sink-write .* of [1-9]\d*$/.test(effect);

/** What machines say of themselves; the texts are those of core. */
const said: readonly {
  readonly text: RegExp;
  readonly note: (facts: RunFacts, found: RegExpExecArray, node: string, atMs: number) => void;
}[] = [
  {
    text: /^leads with epoch (\d+)$/,
    note: (facts, [, epoch], node) => {
      facts.elections += 1;
      if (Number(epoch) > (facts.leader?.epoch ?? 0)) facts.leader = { node, epoch: Number(epoch) };
    },
  },
  {
    text: /^job \S+ attempt (\d+) is deployed from (?:nothing|checkpoint (\d+))$/,
    note: (facts, [, attempt, checkpoint], node, atMs) => {
      const epoch = facts.leader?.node === node ? facts.leader.epoch : 0;
      facts.deployments.push({
        atMs,
        by: node,
        epoch,
        attempt: Number(attempt),
        restoredFrom: Number(checkpoint ?? 0),
      });
    },
  },
  {
    text: /^job \S+ restarts: (.*)$/,
    note: (facts, [, reason = ''], _, atMs) => void facts.restarts.push({ atMs, reason }),
  },
  {
    text: /^checkpoint (\d+) of \S+ completed/,
    note: (facts, [, id], _, atMs) => void facts.completed.push({ checkpointId: Number(id), atMs }),
  },
  {
    text: /^checkpoint (\d+) of \S+ aborted: (.*)$/,
    note: (facts, [, id, reason = ''], _, atMs) => void facts.aborted.push({ checkpointId: Number(id), reason, atMs }),
  },
  {
    text: /^task (\S+) is (\w+)/,
    note: (facts, [, attempt = '', state], node) => {
      const attempts = facts.running.get(node) ?? new Set();
      facts.running.set(node, attempts);
      if (state === 'RUNNING') attempts.add(attempt);
      else attempts.delete(attempt);
    },
  },
  {
    text: /^ignored \S+ from (\S+): /,
    note: (facts, [, of = ''], by, atMs) => void facts.ignored.push({ atMs, by, of }),
  },
  { text: /^job \S+ is cleaned up$/, note: (facts) => void (facts.cleanedUp = true) },
];

function noteEffect(facts: RunFacts, node: string, effect: string, atMs: number): void {
  for (const { text, note } of said) {
    const found = text.exec(effect);
    if (found !== null) return note(facts, found, node, atMs);
  }
}

// ---- Questions

export function runningAttempts(facts: RunFacts): number {
  return [...facts.running.values()].reduce((sum, attempts) => sum + attempts.size, 0);
}

/** The longest time between two moves of records, from the last one before `fromMs` to the first one after `untilMs`. */
export function longestStandstillMs(facts: RunFacts, fromMs: number, untilMs: number): number {
  const moves = facts.movedAtMs.toSorted((a, b) => a - b);
  let longest = 0;
  let before = fromMs;
  for (const move of moves) {
    if (move > fromMs) longest = Math.max(longest, move - before);
    before = move;
    if (move > untilMs) break;
  }
  return longest;
}
