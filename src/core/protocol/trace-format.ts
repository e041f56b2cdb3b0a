// How a trace is framed, in both worlds: JSON lines, the first of which says what this is, and the last how it ended. Between them is one
// line for each observation, in the order of time: `at` in microseconds since the run began, `kind`, and the texts of describe.ts.

export const TRACE_FORMAT = 'millrace-trace';
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
}

/** Something of a run with its time, if it has one. */
export interface StoryLine {
  readonly at: number | null;
  readonly text: string;
  /** It was decided so, and had to be; else it followed by itself. */
  readonly decided: boolean;
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

export function traceHeader(about: Omit<TraceHeader, 'format' | 'version'>): TraceHeader {
  return { format: TRACE_FORMAT, version: TRACE_VERSION, ...about };
}

/** A violation that no oracle reported: its evidence is text. */
export function plainViolation(judge: string, text: string, evidence: readonly string[], at: number): TraceViolation {
  const lines = evidence.map((one) => ({ text: one, about: [] }));
  return { oracle: judge, rule: '', text, about: [], evidence: lines, at };
}
