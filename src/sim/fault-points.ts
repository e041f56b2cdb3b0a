// The places where a fault plan may strike: before a step, at a send, at a request. Each rule is asked there on a decision stream of its own.
import type { Kinded } from '../core/base/vocabulary.ts';
import { assert } from '../core/base/assert.ts';
import type { Envelope } from '../core/base/vocabulary.ts';
import type { StreamId, TapeEntry } from './decisions.ts';
import { ownPlan } from './engine.ts';
import type { Engine } from './engine.ts';
import { createControls } from './fault-controls.ts';
import { observe } from './observe.ts';
import { rulesOfKind } from './settings.ts';
import type { RulesOfKind, SettledRule } from './settings.ts';
import type { FaultPoint, FiredFault, PointControls } from './world-types.ts';

/** What became of the message or request at hand. */
export interface Verdict {
  extraUs: number;
  /** Further copies of the message, each with its own delay. */
  copiesUs: readonly number[];
  /** What travels instead. */
  replacement: Envelope | null;
  /** Why it vanished. */
  dropped: boolean;
  failure: { readonly outcome: 'not-applied' | 'unknown'; readonly reason: Kinded } | null;
  /** A fault of the service as it applies the request. */
  strike: Kinded | null;
}

const NO_RULES: RulesOfKind = { rules: [], streams: [] };

/** The rules that may strike at such points: looked at first, so that nothing is built for nobody. */
export function rulesAt(engine: Engine, at: FaultPoint['at'], kind: string): RulesOfKind {
  return engine.faultsStopped ? NO_RULES : rulesOfKind(engine.settings.rules[at], kind);
}

/** Asks the rules for what a run begins with, once for each node. */
export function askAtBegin(engine: Engine): void {
  const asked = rulesAt(engine, 'begin', 'begin');
  if (asked.rules.length === 0) return;
  for (const { fixed } of engine.nodes)
    askRules(engine, asked, fixed.index, { at: 'begin', node: fixed.address, kind: 'begin' });
}

/** Nobody struck. */
const UNHARMED: Readonly<Verdict> = Object.freeze({
  extraUs: 0,
  copiesUs: Object.freeze([]),
  replacement: null,
  dropped: false,
  failure: null,
  strike: null,
});

/** Asks rules of a point in their order. @param node whose point it is; a crash of it waits for the end of its step. */
export function askRules(engine: Engine, asked: RulesOfKind, node: number, point: FaultPoint): Readonly<Verdict> {
  const { rules } = asked;
  let verdict: Verdict | null = null;
  let controls: PointControls | null = null;
  for (let index = 0; index < rules.length; index++) {
    const { rule } = rules[index] as SettledRule;
    const odds = rule.odds(ownPlan(engine), point, engine.view);
    if (odds <= 0) continue;
    const stream = streamOf(asked, node, index, point.kind);
    const way = engine.decisions.pick(stream, (rule.ways ?? 1) + 1, odds) - 1;
    if (way < 0) continue;
    verdict ??= { ...UNHARMED };
    controls ??= pointControls(engine, node, point.at, verdict);
    const decision = engine.decisions.lastAsked(stream);
    const fired = rule.apply(ownPlan(engine), controls, point, engine.view, way);
    if (fired !== null) report(engine, rule.fault, fired, decision);
  }
  return verdict ?? UNHARMED;
}

/** Found by name once, as rules are asked at each step. */
function streamOf({ rules, streams }: RulesOfKind, node: number, index: number, kind: string): StreamId {
  const at = node * rules.length + index;
  const known = streams[at] ?? -1;
  if (known >= 0) return known;
  const stream = (rules[index] as SettledRule).streams[node]?.of(kind) as StreamId;
  while (streams.length <= at) streams.push(-1);
  streams[at] = stream;
  return stream;
}

function report(engine: Engine, fault: string, fired: FiredFault, decision: Pick<TapeEntry, 'stream' | 'index'>): void {
  if (engine.settings.hashed) {
    engine.hasher.value(fault);
    engine.hasher.value(fired.target);
    engine.hasher.value(fired.hit);
  }
  if (engine.settings.observed) observe(engine, { kind: 'fault', fault, ...fired, decision });
}

function pointControls(engine: Engine, node: number, at: FaultPoint['at'], verdict: Verdict): PointControls {
  const only = (needed: FaultPoint['at'], what: string): void => assert(at === needed, `${what} at a ${at} point`);
  return {
    ...createControls(engine, () => (at === 'begin' ? -1 : node)),
    delayMessage(extraUs) {
      only('send', 'delayMessage');
      verdict.extraUs += extraUs;
    },
    dropMessage() {
      only('send', 'dropMessage');
      verdict.dropped = true;
    },
    duplicateMessage(extraUs) {
      only('send', 'duplicateMessage');
      assert(engine.settings.isDatagram, 'duplicateMessage, but only datagrams come twice');
      verdict.copiesUs = [...verdict.copiesUs, extraUs];
    },
    replaceMessage(message) {
      only('send', 'replaceMessage');
      verdict.replacement = message;
    },
    failRequest(reason) {
      only('request', 'failRequest');
      verdict.failure = { outcome: 'not-applied', reason };
    },
    unknownRequest(reason) {
      only('request', 'unknownRequest');
      verdict.failure = { outcome: 'unknown', reason };
    },
    strikeRequest(strike) {
      only('request', 'strikeRequest');
      verdict.strike = strike;
    },
    delayRequest(extraUs) {
      only('request', 'delayRequest');
      verdict.extraUs += extraUs;
    },
  };
}
