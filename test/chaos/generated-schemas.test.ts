// Whatever records are like, and however they are cut into batches of rows and columns, a job comes to what the reference makes of plain objects, value for value,
// under faults. A counterexample is shrunk as a plan.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSeed } from '../sim/cluster/lab.ts';
import { schemaPlan, schemaScenario, type SchemaPlan } from './schema-plans.ts';

/** `SCHEMA_MINUTES=10 SCHEMA_SEED=1` looks at more, and at others. */
const { SCHEMA_MINUTES, SCHEMA_SEED } = process.env;
const RUNS = SCHEMA_MINUTES === undefined ? 12 : 1_000_000;
const TIME_MS_MAX = SCHEMA_MINUTES === undefined ? 30_000 : 60_000 * Number(SCHEMA_MINUTES);
const FIXED_SEED = 8_003;
const freshSeed = Number(SCHEMA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const seeds = [
  ['a fixed seed', FIXED_SEED],
  ['a fresh seed', freshSeed],
] as const;

test.each(SCHEMA_MINUTES === undefined ? seeds : seeds.slice(1))(
  'generated records of %s come out as they must',
  (_, seed) => {
    console.log(`chaos: SCHEMA_SEED=${seed} repeats these runs`);
    let runs = 0;
    let committed = 0;
    let faults = 0;
    const survives = (plan: SchemaPlan, seedOfRun: number): void => {
      const result = runSeed(schemaScenario(plan), seedOfRun, { checks: 'strict' });
      runs += 1;
      faults += Object.values(result.faults).reduce((sum, times) => sum + times, 0);
      committed += Object.values(result.committed).reduce((sum, records) => sum + records.length, 0);
      const evidence = result.violations.flatMap((violation) => violation.evidence.map(({ text }) => text));
      expect(result.verdict, [result.sentence, ...evidence, ...result.thrownAt].join('\n')).toBe('pass');
    };
    fc.assert(fc.property(schemaPlan, fc.nat(1_000_000), survives), {
      seed,
      numRuns: RUNS,
      interruptAfterTimeLimit: TIME_MS_MAX,
    });
    console.log(`chaos: ${runs} runs, ${faults} faults, ${committed} records`);
    expect(faults).toBeGreaterThan(0); // else nothing was survived
    expect(committed).toBeGreaterThan(0); // nor promised
  },
  3 * TIME_MS_MAX,
);
