// The observer of a run: keeps the facts up to date with every observation, and counts faults by the phases in which they hit.
import type { ClusterOptions } from '../../../core/protocol/cluster-options.ts';
import { HEARD, noteObservation } from '../../../run/facts/reduce.ts';
import type { Observation, Oracle, TimeUs } from '../../observation.ts';
import { currentPhases } from './current-phases.ts';
import { count, countHistory, createFacts, type ObserverFacts } from './facts.ts';

type Fault = Extract<Observation, { readonly kind: 'fault' }>;
/** What an outsider must know of the options: how long things count as alive. */
type Lifetimes = Pick<ClusterOptions, 'leaseMs' | 'checkpointTimeoutMs'>;

/** It never complains. `onCreate` is given its facts, which it keeps up to date from then on; a fork has facts of its own. */
export function runObserver(lifetimes: Lifetimes, onCreate: (facts: ObserverFacts) => void): Oracle<ObserverFacts> {
  const { leaseMs, checkpointTimeoutMs } = lifetimes;
  const reading = { world: 'simulated', checkpointTimeoutMs } as const;
  return {
    name: 'observer',
    hears: { observations: 'all', ...HEARD },
    create() {
      const facts = createFacts();
      onCreate(facts);
      return facts;
    },
    observe(facts, seen, { now }) {
      if (seen.kind === 'fault') return onFault(facts, seen, now, leaseMs);
      noteObservation(facts.run, seen, now, reading);
      countHistory(facts);
    },
    finish: () => {},
  };
}

function onFault({ run, counters }: ObserverFacts, seen: Fault, now: TimeUs, leaseMs: number): void {
  const { fault, target, text, hit, decision } = seen;
  const entry = { atMs: Math.floor(now / 1_000), fault, target, text, hit };
  counters.faultLog.push(decision === null ? entry : { ...entry, decision });
  if (!hit) return;
  count(counters.faults, fault);
  const byPhase = (counters.faultPhases[fault] ??= {});
  for (const phase of currentPhases(run, now, leaseMs)) count(byPhase, phase);
}
