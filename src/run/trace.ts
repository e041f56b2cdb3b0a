// A trace: a run as data, in both worlds. JSON lines, the first of which says what was run, and the last how it ended; between them is one
// line for each observation, in the order of time (trace-lines.ts). Texts are made where a trace is read.
import type { DecisionName, Observation, TimeUs } from './observation.ts';

export const TRACE_FORMAT = 'millrace-trace';
/** Version 1 held texts in place of inputs and effects. */
export const TRACE_VERSION = 2;

/** The first line. Whoever reads a trace refuses a format or version that it does not know. */
export interface TraceHeader {
  readonly format: typeof TRACE_FORMAT;
  readonly version: typeof TRACE_VERSION;
  readonly world: 'simulated' | 'real';
  readonly scenario: string;
  /** One sentence: the story of the scenario. */
  readonly about: string;
  /** Null where nothing was drawn. */
  readonly seed: number | null;
  /** The commit that ran. */
  readonly commit: string;
  readonly guest: GuestHeader;
}

/** What a reader has to know of a guest to draw its run: everything else is in the observations. */
export interface GuestHeader {
  /** `job`: a Millrace cluster, whose messages, requests and notes readers know. `machines`: those of a user; only their kinds are known. */
  readonly kind: 'job' | 'machines';
  /** Role of each node by its address, in the order in which roles are drawn: that of their first nodes. */
  readonly roles: Readonly<Record<string, string>>;
  /** Service by the kind of a request; one that is missing is asked of `service`. Drawn in the order of their first kinds. */
  readonly services: Readonly<Record<string, string>>;
  /** What a message or a request is about, by its kind; one that is missing is `control`, or `request`. */
  readonly messages: Readonly<Record<string, Category>>;
  readonly requests: Readonly<Record<string, Category>>;
}

/** By what a person looks for. */
export type Category = (typeof categories)[number];

export const categories = ['checkpoint', 'control', 'request', 'data', 'heartbeat'] as const;

/** An observation with its place in the run. */
export type TraceLine = Observation & {
  readonly at: TimeUs;
  /** Number of the event in which it was seen: of the world, or in its process; of a merged trace, of the line. */
  readonly event: number;
};

export type LineOf<K extends TraceLine['kind']> = Extract<TraceLine, { readonly kind: K }>;

export function linesOf<K extends TraceLine['kind']>(lines: readonly TraceLine[], kind: K): LineOf<K>[] {
  return lines.filter((line): line is LineOf<K> => line.kind === kind);
}

/** Something of a run with its time, if it has one. */
export interface StoryLine {
  readonly at: number | null;
  readonly text: string;
  /** It was decided so, and had to be; else it followed by itself. */
  readonly decided: boolean;
  /** What it tells of: a fault, by the decision by which it struck; how the run failed; anything else. */
  readonly about: DecisionName | 'failure' | null;
}

/** What was broken, as an oracle has it, or as a machine that threw. */
export interface TraceViolation {
  readonly oracle: string;
  /** The assertion that failed; empty where no oracle spoke. */
  readonly rule: string;
  readonly text: string;
  readonly about: readonly Named[];
  readonly evidence: readonly { readonly text: string; readonly about: readonly Named[] }[];
  readonly at: number;
}

/** A thing that evidence names: an observation is about it if an object in it has these fields. */
export type Named = Readonly<Record<string, string | number>>;

/** The last line: the verdict, and what a person is told about the run. A trace whose process died has none. */
export interface TraceEnding {
  readonly kind: 'verdict';
  readonly at: number;
  /** `pass`, or how it failed. */
  readonly verdict: string;
  /** One sentence. */
  readonly sentence: string;
  readonly violations: readonly TraceViolation[];
  /** Oracle to `pass`, or what it objects to. */
  readonly oracles: Readonly<Record<string, string>>;
  /** Label and text: options, counters, hash. */
  readonly facts: readonly (readonly [string, string])[];
  /** Of a failure: what happened. `shrunk`: what is marked had to happen; else it was decided, and may not matter. */
  readonly story: { readonly title: string; readonly shrunk: boolean; readonly lines: readonly StoryLine[] } | null;
  /** Command lines that repeat it, each with its label. */
  readonly commands: readonly (readonly [string, string])[];
}

export interface Trace {
  readonly header: TraceHeader;
  /** In order of time. */
  readonly lines: readonly TraceLine[];
  readonly ending: TraceEnding | null;
}

export function traceHeader(about: Omit<TraceHeader, 'format' | 'version'>): TraceHeader {
  return { format: TRACE_FORMAT, version: TRACE_VERSION, ...about };
}

/** A violation that no oracle reported: its evidence is text. */
export function plainViolation(judge: string, text: string, evidence: readonly string[], at: number): TraceViolation {
  const lines = evidence.map((one) => ({ text: one, about: [] }));
  return { oracle: judge, rule: '', text, about: [], evidence: lines, at };
}
