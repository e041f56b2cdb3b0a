// A TaskManager is killed while its tasks restore, on real processes: the restore is begun again elsewhere, from the same checkpoint, and the output is
// right. The traces show that it was killed between the deployment of its tasks and their start.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jobsAtWork, lastCheckpoint, runningBy, type RealFacts } from '../../../src/cli/real/facts.ts';
import { startGuard } from '../../../src/cli/children/guard.ts';
import { runReal } from '../../../src/cli/real/run.ts';
import { setUpReal } from '../../../src/cli/real/run-command.ts';
import { describeVictim, type Hands, type Striker, type Struck } from '../../../src/cli/real/strike.ts';
import type { Bodies } from '../../../src/core/protocol/messages.ts';
import type { TraceLine } from '../../../src/run/trace.ts';

const RECORDS = 6_000; // of a split, each with a key of its own
const PER_SECOND = 500;
const STATE_CHARACTERS = 600; // of a key: to restore takes long enough to be hit

const SCENARIO = `
import { defineJob, defineScenario } from 'millrace/scenario';
const numbers = (split: number) => Array.from({ length: ${RECORDS} }, (_, index) => 2 * index + split);
export const scenario = defineScenario({
  name: 'kill-in-restore',
  about: 'Keeps a text for each number.',
  cluster: { jobManagers: 1, taskManagers: 2, slotsPerTaskManager: 2 },
  job: defineJob('texts', (env) =>
    env
      .fromSource<number>('numbers', { topic: 'numbers', splits: 2, recordsPerSecond: ${PER_SECOND} })
      .keyBy((number) => number)
      .process<number>('keep', {
        onRecord(number, context) {
          context.state<string>('text').update(String(number).padEnd(${STATE_CHARACTERS}, 'x'));
          context.collect(number);
        },
      })
      .sinkTo('out', { sink: 'out' }),
    { parallelism: 2 },
  ),
  input: () => ({ numbers: { splits: [numbers(0), numbers(1)] } }),
  options: { heartbeatTimeoutMs: 10_000, checkpointTimeoutMs: 20_000 }, // whoever is slow is not lost
  faults: {},
  reference: true,
});
`;

const TRIES_MAX = 6; // a restore may be over before anybody looks
const BACK_AFTER_MS = 300;

/** Kills a TaskManager at work, then one whose tasks restore because of that. If none is seen to, it tries again. Each is started again. */
function killInRestore(hands: Hands): Striker & { readonly restoring: string[] } {
  const struck: Struck[] = [];
  const restoring: string[] = [];
  const kill = (victim: string, facts: RealFacts, nowMs: number): void => {
    struck.push(describeVictim('tm-crash', victim, facts, nowMs));
    hands.kill(victim);
  };
  return {
    struck,
    restoring,
    look(facts, nowMs) {
      for (const one of struck) {
        if (one.backAtMs !== null || nowMs < one.atMs + BACK_AFTER_MS) continue;
        one.backAtMs = nowMs;
        hands.startAgain(one.victim);
      }
      if (restoring.length > 0) return;
      const [victim] = struck.length > 0 ? restorers(facts) : [];
      if (victim !== undefined) {
        restoring.push(victim);
        return kill(victim, facts, nowMs);
      }
      const isReady = jobsAtWork(facts).length > 0 && lastCheckpoint(facts) > (struck.at(-1)?.checkpointId ?? 0);
      const [runner] = [...runningBy(facts).keys()];
      if (isReady && runner !== undefined && struck.length < TRIES_MAX) kill(runner, facts, nowMs);
    },
    end() {},
  };
}

/** TaskManagers that run now, with tasks that restore. */
function restorers({ run }: RealFacts): readonly string[] {
  const tasks = [...run.jobs.values()].flatMap(({ attempt }) => [...(attempt?.tasks.values() ?? [])]);
  return tasks
    .filter(({ restores, state, isGone }) => restores && state === 'INITIALIZING' && !isGone)
    .map(({ taskManager }) => taskManager);
}

/** What a process said of its tasks while it was this incarnation. */
function statesTold(lines: readonly TraceLine[], node: string, until: number): readonly Bodies['task-state-changed'][] {
  return lines.flatMap((line) => {
    if (line.kind !== 'stepped' || line.node !== node || line.at > until) return [];
    return line.effects.flatMap((effect) => {
      const sent = effect as unknown as { readonly kind?: string; readonly body?: unknown };
      return sent.kind === 'task-state-changed' ? [sent.body as Bodies['task-state-changed']] : [];
    });
  });
}

test('a TaskManager is killed while its tasks restore', { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-restore-'));
  const guard = startGuard();
  try {
    const file = join(folder, 'kill-in-restore.ts');
    writeFileSync(file, SCENARIO);
    const setup = await setUpReal({ scenario: file, seed: 1, ha: null, set: {}, json: false });
    let killer: ReturnType<typeof killInRestore> | null = null;
    const run = await runReal({
      setup,
      seed: 1,
      guard,
      abort: new AbortController().signal,
      strikerOf: (_frame, _upAtMs, hands) => (killer = killInRestore(hands)),
      strike: { kind: null, isAskedFor: false },
      keep: false,
      onProgress: () => {},
    });
    expect(run).toMatchObject({ verdict: 'pass', leftovers: { checkpoints: [], output: [] } });
    const [first, second] = run.struck.slice(-2);
    expect(killer!.restoring).toEqual([second?.victim]);
    const { deployments } = run.facts;
    const killed = deployments.findLast(({ atMs }) => atMs < second!.atMs)!;
    expect(killed.atMs).toBeGreaterThan(first!.atMs);
    const told = statesTold(run.lines, second!.victim, second!.atMs * 1_000);
    const ofKilled = told.filter(({ attempt }) => attempt.attempt === killed.attempt);
    const last = new Map(ofKilled.map(({ attempt, state }) => [`${attempt.vertex}/${attempt.subtask}`, state]));
    expect([...last.values()]).toContain('INITIALIZING');
    const again = deployments.find(({ atMs }) => atMs > second!.atMs)!;
    expect(again.restoredFrom).toBe(killed.restoredFrom);
    expect(again.restoredFrom).toBeGreaterThan(0);
  } finally {
    await guard.dismiss();
    rmSync(folder, { recursive: true });
  }
});
