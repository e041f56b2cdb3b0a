// The story of a run for somebody who wants to understand it: what happened by itself, which faults struck, and which other decisions were
// not the plain ones. Told only when it is asked for; it changes nothing.
import type { DecisionName } from '../run/observation.ts';
import type { TapeEntry } from './decisions.ts';
import type { Observation, Thing, TimeUs } from './observation.ts';

export type StoryEvent =
  /** What happened by itself. */
  | { readonly kind: 'milestone'; readonly atUs: TimeUs; readonly text: string; readonly alike?: Alike }
  | { readonly kind: 'fault'; readonly atUs: TimeUs; readonly text: string; readonly decision: DecisionName | null }
  /** A decision that was not 0; those that made a fault strike, too. */
  | { readonly kind: 'decision'; readonly atUs: TimeUs; readonly entry: TapeEntry };

/** One of many lines that say the same of other things: several in a row become one, but those that the evidence of a failure names. */
export interface Alike {
  /** What it is about. */
  readonly about: Thing;
  /** Of which lines it is one: of several of them, such words stand for them all, with their number in front of them. */
  readonly them: string;
}

export type OnStory = (event: StoryEvent) => void;

/** A fault that fired. Its text says whom it struck. */
export function faultEvent(fault: Extract<Observation, { readonly kind: 'fault' }>, atUs: TimeUs): StoryEvent {
  const { text, decision } = fault;
  return { kind: 'fault', atUs, text, decision };
}
