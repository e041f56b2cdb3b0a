// Who believes that it leads. Who was elected stands under the leader key; that somebody leads no more shows by what it does: only who does not lead
// asks for the lease.
import type { Address } from '../../core/base/machine.ts';
import type { LeaderRecord } from '../../core/protocol/ha-records.ts';
import type { TimeUs } from '../observation.ts';
import type { RunFacts } from './facts.ts';
import type { LeaderLeft } from './history.ts';

/** The key may be written by somebody who died meanwhile. Whoever was elected before and never knew cannot lead any more. */
export function onElected(facts: RunFacts, { epoch, address }: LeaderRecord, at: TimeUs): void {
  leave(facts, address, 'elected again', at);
  for (const [node, { acts }] of facts.leading) if (!acts) leave(facts, node, 'never led', at);
  facts.leading.set(address, { epoch, acts: false });
  if (facts.down.has(address)) leave(facts, address, 'never led', at);
}

export function onLeaderActs({ leading }: RunFacts, node: Address): void {
  const known = leading.get(node);
  if (known !== undefined) known.acts = true;
}

/** One that was elected and was not told so asks too, until it knows. */
export function onLeaseAsked(facts: RunFacts, node: Address, at: TimeUs): void {
  if (facts.leading.get(node)?.acts === true) leave(facts, node, 'looks for a leader', at);
}

export function leave({ leading, history }: RunFacts, node: Address, why: LeaderLeft, at: TimeUs): void {
  const known = leading.get(node);
  if (known === undefined) return;
  leading.delete(node);
  history.push({ at, kind: 'leader-left', node, epoch: known.epoch, why });
}
