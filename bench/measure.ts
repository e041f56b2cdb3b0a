// How long something takes: several rounds of the same work, of which the quickest counts: what else a machine does makes a round slower,
// never quicker. CPU time is that of the whole process, with the threads of V8 that collect garbage and compile: it is what
// one core alone would need.

export interface Rounds {
  /** Not counted: until the code is compiled. */
  readonly warmUp: number;
  readonly counted: number;
}

/** The least of the counted rounds. */
export interface Spent {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** @param work does the same amount each time. */
export function measure(rounds: Rounds, work: () => void): Spent {
  for (let round = 0; round < rounds.warmUp; round++) work();
  const all = Array.from({ length: rounds.counted }, () => spend(work));
  return { wallMs: Math.min(...all.map(({ wallMs }) => wallMs)), cpuMs: Math.min(...all.map(({ cpuMs }) => cpuMs)) };
}

/** What one call takes. */
export function spend(work: () => void): Spent {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  work();
  const wallMs = performance.now() - wall;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1_000 };
}
