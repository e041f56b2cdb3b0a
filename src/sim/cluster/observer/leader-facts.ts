// Who leads, as the HA service sees it.
import { LEADER_KEY, RESULT_PREFIX } from '../../../core/protocol/ha-keys.ts';
import type { PortRequest } from '../../../core/protocol/ports.ts';
import { decodeLeader } from '../../../core/protocol/records-codec.ts';
import type { TimeUs } from '../../observation.ts';
import type { RunFacts } from './facts.ts';

type HaWrite = Extract<PortRequest, { readonly kind: 'ha-write' }>;

export function onHaWritten(facts: RunFacts, { key, value }: HaWrite, now: TimeUs): void {
  if (key.startsWith(RESULT_PREFIX)) facts.jobEnded = true;
  if (key !== LEADER_KEY || value === null) return;
  const leader = decodeLeader(value);
  if (!leader.ok || leader.value.epoch === facts.leader?.epoch) return;
  facts.leader = { ...leader.value, heardAt: now, stopped: false };
  facts.counters.leaders += 1;
}

export function onRenewed(facts: RunFacts, answer: { readonly kind: string }, now: TimeUs): void {
  if (answer.kind === 'ha-renewed' && facts.leader !== null) facts.leader.heardAt = now;
}
