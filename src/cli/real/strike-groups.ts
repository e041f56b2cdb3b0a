// Strikes that are alike in what they do.
import type { StrikeKind } from '../../scenario/strikes.ts';
import type { Disturbance } from './disturbed-process.ts';

export type Damage = Extract<StrikeKind, `damaged-${string}`>;

export function isDamage(kind: StrikeKind): kind is Damage {
  return kind.startsWith('damaged-');
}

export function isDisturbance(kind: StrikeKind): kind is Disturbance {
  return kind.startsWith('disk-') || kind.startsWith('sync-') || kind === 'clocks-jump';
}
