// A client that begins later: all its digits are picked, each moment can come, and nothing happens before.
import { expect, test } from 'vitest';
import { withDefaults } from '../../../src/core/base/options.ts';
import { Outbox, type Effect } from '../../../src/core/base/outbox.ts';
import { client } from '../../../src/core/client/client.ts';
import { clusterOptionTable } from '../../../src/core/protocol/cluster-options.ts';
import type { ClusterVocabulary, PortRequest } from '../../../src/core/protocol/ports.ts';
import type { Lateness } from '../../../src/scenario/clients/client-starts.ts';
import { lateClient } from '../../../src/sim/cluster/late-client.ts';

const inner = client({
  address: 'client-1',
  options: withDefaults(clusterOptionTable),
  request: { kind: 'cancel', jobId: 'words' },
});

/** When it wakes first, in ms behind its start, if its picks are these in turn; and what it wants then. */
function begin(late: Lateness, picks: readonly number[]): { afterMs: number; effects: readonly Effect[] } {
  const asked: number[] = [];
  const out = new Outbox<ClusterVocabulary>(true, (_, n) => {
    const pick = picks[asked.length] ?? 0;
    asked.push(n);
    return Math.min(pick, n - 1);
  });
  const machine = lateClient(inner, late);
  const state = machine.create();
  machine.step(state, { kind: 'start', now: 5_000, wallTime: 0, incarnation: 3 }, out);
  const afterMs = machine.wakeAt(state) - 5_000;
  if (afterMs > 0 && Number.isFinite(afterMs)) expect(out.effects).toEqual([]);
  if (Number.isFinite(afterMs)) machine.step(state, { kind: 'wake', now: 5_000 + afterMs, wallTime: 0 }, out);
  machine.checkInvariants(state);
  return { afterMs, effects: [...out.effects] };
}

test('each moment of a span can come', () => {
  const late = { steps: 63, stepMs: 10 };
  const digits = Array.from({ length: 8 }, (_, digit) => digit);
  const moments = digits.flatMap((high) => digits.map((low) => begin(late, [low, high]).afterMs));
  const begun = moments.filter((ms) => Number.isFinite(ms)).toSorted((a, b) => a - b);
  expect(begun).toEqual(Array.from({ length: 63 }, (_, step) => 10 * (step + 1)));
  expect(moments.filter((ms) => !Number.isFinite(ms))).toHaveLength(1); // at once: it begun in its first step
});

test('a span that is no power of the base ends where it should', () => {
  const moments = Array.from(
    { length: 64 },
    (_, n) => begin({ steps: 9, stepMs: 1 }, [n % 8, Math.floor(n / 8)]).afterMs,
  );
  expect(Math.max(...moments.filter((ms) => Number.isFinite(ms)))).toBe(9);
});

test('it begins as its process started, and looks for the leader', () => {
  const { effects } = begin({ steps: 63, stepMs: 10 }, [1]);
  expect(
    effects.map((effect) => (effect.effect === 'request' ? (effect.request as PortRequest).kind : effect.effect)),
  ).toEqual(['ha-watch']);
});
