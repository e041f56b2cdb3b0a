// A run of a guest as a transition system: its world is run plainly to the moment from which on everything is explored, and taken apart there.
import type { GuestRun } from '../../../guest.ts';
import type { WorldView } from '../../../observation.ts';
import { engineOf } from '../../../world.ts';
import type { World } from '../../../world-types.ts';
import type { Decisions } from '../../../decisions.ts';
import type { Row } from '../transition-system.ts';
import { EngineSteps } from './engine-steps.ts';
import type { IsEnd } from './foresight/end-places.ts';
import { JUDGES } from './layout.ts';
import { Judges } from './judges.ts';
import { WorldParts } from './parts.ts';
import { NormalForm, silentNodeOf, startClocksLater } from './normal-form.ts';
import { ReadTrie } from './read-trie.ts';
import { Symmetry } from './symmetry.ts';
import { ScriptDecisions } from './script.ts';
import { WorldSystem, type WorldBounds, type WorldShortcuts } from './world-system.ts';

export interface ExploredWorldOptions {
  /** Makes the run at time 0, with these decisions. */
  readonly begin: (decisions: Decisions) => Pick<GuestRun, 'world' | 'judges' | 'symmetric'>;
  readonly bounds: WorldBounds;
  /** True from the moment on that is explored; until then everything happens plainly. Default: at once. */
  readonly from?: (view: WorldView) => boolean;
  /** True of states behind which nothing is looked at. Default: everything is. */
  readonly to?: (view: WorldView) => boolean;
  /** Something may be said against an end for what it is (`ExploredWorld.lastWord`). Asked once the run has begun. Default: it is. */
  readonly judgesEnds?: () => boolean;
  /** What is left out because it changes nothing. */
  readonly shortcuts?: WorldShortcuts;
  /**
   * What has passed is taken off every state (`NormalForm`), so that a world that beats for ever comes back to a state that was seen: `bounds.untilUs` counts
   * for `from` alone, wall clocks stand still, and nothing is reduced. Default false.
   */
  readonly isForEver?: boolean;
}

/** A world that is explored: its system, and what can be asked of its states. */
export interface ExploredWorld {
  readonly system: WorldSystem;
  readonly parts: WorldParts;
  readonly judges: Judges;
  readonly steps: EngineSteps;
  /** Null: times are absolute. */
  readonly normal: NormalForm | null;
  /** Null: no nodes change places. */
  readonly symmetry: Symmetry | null;
  /** The state is one behind which nothing is looked at. */
  isEnd(row: Readonly<Row>): boolean;
  /** What judges say if a run ends in this state: one sentence, or null. */
  lastWord(row: Readonly<Row>): string | null;
}

export function createExploredWorld(options: ExploredWorldOptions): ExploredWorld {
  const { begin, bounds, from, to, judgesEnds = () => true, shortcuts, isForEver = false } = options;
  const decisions = new ScriptDecisions();
  const { world, judges: names, symmetric = [] } = begin(decisions);
  if (isForEver) beginForEver(world);
  if (from !== undefined && !from(world.view)) world.run({ untilUs: bounds.untilUs, stopWhen: from });
  const engine = engineOf(world);
  const { rules } = engine.settings;
  const ruleStreams = [rules.begin, rules.step, rules.send, rules.request]
    .flatMap(({ all }) => all)
    .flatMap(({ streams }) => streams);
  decisions.knowRules((stream) => ruleStreams.some((streams) => streams.has(stream)));
  const mergesEntries = shortcuts?.mergesEntries === true && engine.settings.faults === null && !isForEver;
  const parts = new WorldParts(engine, { pinsWallClocks: isForEver, mergesEntries });
  const judges = new Judges(engine, parts, names);
  const steps = new EngineSteps(engine, parts, judges, decisions);
  const isEnd = to === undefined ? null : remembering(judges, to);
  const normal = isForEver ? new NormalForm(engine, parts, judges) : null;
  const unifies = shortcuts?.unifies !== false && bounds.reordersMax === null && symmetric.length > 0; // turns are by node
  const symmetry = unifies ? new Symmetry(engine, parts, judges, symmetric) : null;
  const limits = {
    ...bounds,
    isEnd,
    judgesEnds: isEnd !== null && judgesEnds(),
    untilUs: isForEver ? Number.POSITIVE_INFINITY : bounds.untilUs,
  };
  const system = new WorldSystem(
    steps,
    parts,
    judges,
    limits,
    isForEver ? { ...shortcuts, reduces: false } : shortcuts,
    { normal, symmetry },
  );
  const values = judges.createValues();
  return {
    system,
    parts,
    judges,
    steps,
    normal,
    symmetry,
    isEnd(row) {
      if (isEnd === null) return false;
      judges.readValues(row, values);
      return isEnd(values);
    },
    lastWord(row) {
      judges.readValues(row, values);
      const violation = judges.finish(row[JUDGES] as number, values);
      return violation === null ? null : `${violation.oracle}: ${violation.text}`;
    },
  };
}

/** Throws a `RangeError` where a machine does not say what goes on in it. */
function beginForEver(world: World): void {
  const silent = silentNodeOf(world);
  if (silent !== null)
    throw new RangeError(`the machine of ${silent} does not say which fields are moments and counters`);
  startClocksLater(engineOf(world));
}

/** A question about states that is answered from memory where the answer depends on the same parts. */
function remembering(judges: Judges, question: (view: WorldView) => boolean): IsEnd {
  const memory = new ReadTrie();
  return (values, told) => {
    let known = memory.get(0, 0, values, told);
    if (known < 0) {
      const reads: number[] = [];
      known = question(judges.viewOf(values, reads)) ? 1 : 0;
      memory.set(0, 0, values, reads, known);
      told?.push(...reads);
    }
    return known === 1;
  };
}
