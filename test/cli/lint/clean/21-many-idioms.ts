// Many idioms in one file, each of which looks like a sin to a reader in a hurry.
import { defineJob, type ProcessContext, tumblingEventTime, type ValueState } from 'millrace';
import { defineScenario, mix } from 'millrace/scenario';
import { createHash } from 'node:crypto';
import { NEVER, type Machine } from 'millrace/sim';

type Id = string & { readonly __brand: 'id' };
type Rec = {
  readonly id: Id;
  readonly kind: 'a' | 'b';
  readonly at: number;
  readonly tags: readonly string[];
  readonly pos: { readonly x: number; readonly y: number };
};
const KINDS = Object.freeze(['a', 'b'] as const);
const WEIGHTS: Readonly<Record<Rec['kind'], number>> = { a: 1, b: 2 };
class Money {
  readonly #cents: number;
  constructor(cents: number) {
    this.#cents = cents;
  }
  plus(o: Money): Money {
    return new Money(this.#cents + o.#cents);
  }
  get cents(): number {
    return this.#cents;
  }
  static zero(): Money {
    return new Money(0);
  }
  static readonly LIMIT = 100;
}
class Matrix {
  readonly rows: number[][];
  constructor(n: number) {
    this.rows = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  }
  set(i: number, j: number, v: number): this {
    this.rows[i]![j] = v;
    return this;
  }
}
class Lru<K, V> {
  readonly #map = new Map<K, V>();
  #size = 0;
  put(k: K, v: V): void {
    this.#map.delete(k);
    this.#map.set(k, v);
    this.#size += 1;
  }
  values(): V[] {
    return [...this.#map.values()];
  }
}
function tokenize(s: string): string[] {
  const re = /\w+/g;
  const out: string[] = [];
  let m: RegExpExecArray | null;
  while ((m = re.exec(s)) !== null) out.push(m[0]);
  return out;
}
function uniq<T>(xs: readonly T[], key: (x: T) => string): T[] {
  const seen = new Set<string>();
  const out: T[] = [];
  for (const x of xs) {
    const k = key(x);
    if (!seen.has(k)) {
      seen.add(k);
      out.push(x);
    }
  }
  return out;
}
function groupBy<T>(xs: readonly T[], key: (x: T) => string): Map<string, T[]> {
  const m = new Map<string, T[]>();
  for (const x of xs) {
    const l = m.get(key(x));
    if (l) l.push(x);
    else m.set(key(x), [x]);
  }
  return m;
}
const fib = (n: number, memo: Map<number, number> = new Map()): number => {
  if (n < 2) return n;
  const k = memo.get(n);
  if (k !== undefined) return k;
  const v = fib(n - 1, memo) + fib(n - 2, memo);
  memo.set(n, v);
  return v;
};
function* range(n: number): Generator<number> {
  for (let i = 0; i < n; i++) yield i;
}
function swap(xs: number[], i: number, j: number): void {
  [xs[i], xs[j]] = [xs[j]!, xs[i]!];
}
function quicksort(xs: number[], lo = 0, hi = xs.length - 1): number[] {
  if (lo >= hi) return xs;
  let p = lo;
  for (let i = lo; i < hi; i++) if (xs[i]! < xs[hi]!) swap(xs, i, p++);
  swap(xs, p, hi);
  quicksort(xs, lo, p - 1);
  quicksort(xs, p + 1, hi);
  return xs;
}
const byTag = (r: Rec): Record<string, number> =>
  r.tags.reduce<Record<string, number>>((acc, t) => {
    acc[t] = (acc[t] ?? 0) + 1;
    return acc;
  }, {});
const update = <T>(s: ValueState<T>, initial: T, f: (v: T) => T): T => {
  const next = f(s.value() ?? initial);
  s.update(next);
  return next;
};
interface Visitor {
  visit(r: Rec): void;
  readonly count: number;
}
function counting(): Visitor {
  let count = 0;
  return {
    visit() {
      count += 1;
    },
    get count() {
      return count;
    },
  };
}
const builder = () => {
  const parts: string[] = [];
  const self = {
    add(s: string) {
      parts.push(s);
      return self;
    },
    build: () => parts.join(' '),
  };
  return self;
};
const parse = (s: string): { items: { n: number }[] } => JSON.parse(s) as { items: { n: number }[] };
const draft = (r: Rec): { pos: { x: number; y: number }; tags: string[] } => {
  const d = { ...r, pos: { ...r.pos }, tags: [...r.tags] };
  d.pos.x += 1;
  d.tags.push('x');
  d.tags.sort();
  return d;
};
const clone = (r: Rec): Rec => {
  const c = structuredClone(r) as { tags: string[]; at: number } & Rec;
  (c as { at: number }).at = 3;
  c.tags.push('z');
  return c;
};
const immutableSet = <T extends object, K extends keyof T>(o: T, k: K, v: T[K]): T => {
  const c = Object.assign({}, o);
  c[k] = v;
  return c;
};
let configured = 3;
configured += 1;
export const job = defineJob('ok', (env) => {
  const perStage = new Map<string, number>();
  perStage.set('a', 1);
  const base = env.fromSource<Rec>('in', { topic: 'in', splits: 1, timestamp: ({ at }) => at });
  const [left, right] = KINDS.map((kind) => base.filter(`only-${kind}`, (r) => r.kind === kind));
  left!
    .union(right!)
    .map('draft', (r) => ({ ...r, ...draft(r) }))
    .map('clone', (r) => clone(r as unknown as Rec))
    .map('set', (r) => immutableSet(r, 'at', perStage.get('a') ?? configured))
    .map('money', (r) => ({ r, cents: Money.zero().plus(new Money(Math.min(WEIGHTS[r.kind], Money.LIMIT))).cents }))
    .map('matrix', ({ r, cents }) => ({ r, cents, rows: new Matrix(2).set(0, 1, cents).rows }))
    .map('lru', ({ r }) => {
      const l = new Lru<string, number>();
      for (const t of r.tags) l.put(t, t.length);
      return { r, values: l.values() };
    })
    .map('tokens', ({ r }) => ({ r, tokens: r.tags.flatMap(tokenize) }))
    .map('uniq', ({ r, tokens }) => ({
      r,
      tokens: uniq(tokens, (t) => t),
      groups: [...groupBy([r], (x) => x.kind)].map(([k, v]) => [k, v.length] as const),
    }))
    .map('fib', ({ r }) => ({ r, f: fib(r.tags.length), range: [...range(3)] }))
    .map('qs', ({ r, range: xs }) => ({ r, xs: quicksort(xs.slice()), tags: byTag(r) }))
    .map('visitor', ({ r }) => {
      const v = counting();
      [r, r].forEach((x) => v.visit(x));
      return { r, n: v.count };
    })
    .map('builder', ({ r }) => ({ r, text: builder().add('a').add(r.id).build() }))
    .map('parse', ({ r }) => {
      const p = parse('{"items":[]}');
      for (const i of p.items) i.n += 1;
      p.items.push({ n: 1 });
      return { r, p };
    })
    .map('keys', ({ r }) => {
      const ks: Rec['kind'][] = ['b', r.kind];
      ks.sort();
      const ids: Id[] = [r.id];
      return { r, ks, ids: ids.toSorted() };
    })
    .map('date', ({ r }) => {
      const d = new Date(Date.UTC(2000, 1, 1));
      d.setUTCDate(3);
      return { r, iso: d.toISOString(), hash: createHash('sha1').update(r.id).digest('hex') };
    })
    .map('iterate', ({ r }) => {
      const it = r.tags[Symbol.iterator]();
      const first = it.next();
      const e = Object.entries(r.pos).map(([k, v]) => ({ k, v }));
      e.sort((a, b) => a.v - b.v);
      return { r, first: first.done === true ? '' : first.value, e };
    })
    .flatMap('flat', function* ({ r }) {
      let batch: string[] = [];
      for (const t of r.tags) {
        batch.push(t);
        if (batch.length === 2) {
          yield { r, batch };
          batch = [];
        }
      }
      yield { r, batch };
    })
    .keyBy(({ r }) => [r.kind, r.id])
    .process<{ readonly n: number; readonly list: readonly string[] }>('p', {
      onRecord({ batch }, c) {
        const n = update(c.state<number>('n'), 0, (v) => v + 1);
        const list = update<readonly string[]>(c.state<readonly string[]>('l'), [], (l) => [...l, ...batch].slice(-3));
        for (let i = 0; i < n; i++) {
          const out = { n: i, list: [...list] };
          out.n += 1;
          c.collect(out);
        }
      },
      onTimer(
        at,
        c: ProcessContext<readonly [string, string], { readonly n: number; readonly list: readonly string[] }>,
      ) {
        c.collect({ n: at, list: [c.key[0]] });
      },
    })
    .keyBy(({ n }) => n)
    .window('w', tumblingEventTime(100))
    .aggregate({
      create: () => ({ max: -1, all: [] as readonly number[] }),
      add: (a, { n }) => ({ max: Math.max(a.max, n), all: a.all.concat(n) }),
      result: (a, { key }) => ({ key, max: a.max, all: [...a.all].reverse() }),
    })
    .sinkTo('out', { sink: 'out' });
});
export const scenario = defineScenario({
  name: 'ok',
  about: 'x',
  cluster: { jobManagers: 1, taskManagers: 1, slotsPerTaskManager: 1 },
  job,
  faults: {},
  reference: false,
  input: ({ pick, times }) => {
    const recs: Rec[] = [];
    for (let i = 0; i < times; i++)
      recs.push({
        id: `${i}` as Id,
        kind: KINDS[mix(pick('k', 2), i, 2)] ?? 'a',
        at: i,
        tags: [],
        pos: { x: 1, y: 2 },
      });
    recs.sort((a, b) => a.at - b.at);
    return { in: { splits: [recs] } };
  },
  check: (input, out) => {
    const seen = new Map<string, number>();
    for (const v of out) {
      const k = JSON.stringify(v);
      seen.set(k, (seen.get(k) ?? 0) + 1);
    }
    return seen.size === input['in']!.splits.length ? null : 'x';
  },
});
type LogEntry = { readonly term: number; readonly command: string };
type Raft = {
  role: 'follower' | 'leader';
  term: number;
  votedFor: string | null;
  log: LogEntry[];
  next: Map<string, number>;
  deadline: number;
  timers: { name: string; at: number }[];
};
interface V {
  readonly bodies: {
    readonly append: { readonly term: number; readonly entries: readonly LogEntry[] };
    readonly ok: { readonly term: number };
  };
  readonly request: never;
  readonly answer: never;
}
const handlers: { readonly [K in keyof V['bodies']]: (s: Raft, from: string, body: V['bodies'][K]) => void } = {
  append: (s, from, body) => {
    become(s, body.term);
    s.log.splice(0, s.log.length, ...body.entries);
    s.next.set(from, s.log.length);
  },
  ok: (s, from, body) => {
    if (body.term > s.term) become(s, body.term);
    s.next.delete(from);
  },
};
function become(s: Raft, term: number): void {
  s.term = term;
  s.role = 'follower';
  s.votedFor = null;
  arm(s, 'election', term);
}
function arm(s: Raft, name: string, at: number): void {
  const t = s.timers.find((x) => x.name === name);
  if (t) t.at = at;
  else s.timers.push({ name, at });
  s.timers.sort((a, b) => a.at - b.at);
}
export const node = (timeoutMs: number): Machine<Raft, V> => ({
  role: 'raft',
  create: () => ({ role: 'follower', term: 0, votedFor: null, log: [], next: new Map(), deadline: NEVER, timers: [] }),
  step(s, input, out) {
    if (input.kind === 'start') s.deadline = input.now + timeoutMs;
    if (input.kind !== 'message') return;
    const { kind, from } = input.message;
    handlers[kind](s, from, input.message.body as never);
    const entries = s.log.slice();
    out.send(from, 'append', { term: s.term, entries });
    const last = s.log.at(-1);
    if (last !== undefined) s.log[s.log.length - 1] = { ...last, term: s.term };
  },
  wakeAt: (s) => s.timers[0]?.at ?? s.deadline,
  hasWork: () => false,
  checkInvariants: (s) => {
    for (const [k, v] of s.next) if (v < 0) throw new Error(k);
  },
});
