// From a trace to what the page draws. Pure: the same trace gives the same model.
import { linesOf } from '../../src/run/trace.ts';
import type { LineOf, Trace, TraceLine } from '../../src/run/trace.ts';
import { matchCalls } from './calls.ts';
import type { Calls } from './calls.ts';
import { categoryOfMessage, categoryOfRequest } from './categories.ts';
import { checkpointsOf } from './checkpoints.ts';
import { violationNotes } from './evidence.ts';
import { factsIn } from './facts.ts';
import { jobOf } from './job.ts';
import { lanesOf } from './lanes.ts';
import type { Lanes } from './lanes.ts';
import { livesOf, outagesOf } from './lives.ts';
import { NONE } from './model.ts';
import type { Category, Fault, RunModel, Step } from './model.ts';
import { readersOf } from './readers.ts';
import type { Readers } from './readers.ts';
import { reignsOf } from './reigns.ts';
import { tasksOf } from './tasks.ts';
import { matchMessages, settleUnseen } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import { whysIn } from './whys.ts';
import { shorten } from './words.ts';

export function buildModel(trace: Trace): RunModel {
  const { header, lines, ending } = trace;
  const endAt = endOf(lines, ending?.at ?? 0);
  const readers = readersOf(header.guest);
  const lanes = lanesOf(header.guest, lines);
  const facts = factsIn(trace);
  const matched = matchMessages(lines, lanes, readers, endAt);
  const lives = livesOf(facts, lanes, endAt);
  const traffic = { ...matched, messages: settleUnseen(matched.messages, lives) };
  const { messages } = traffic;
  const calls = matchCalls(lines, lanes, readers);
  const stepped = linesOf(lines, 'stepped');
  const whys = whysIn(header.guest, stepped);
  const steps = stepped.map((line, index) => stepOf(line, index, { lanes, readers, traffic, calls }));
  return {
    header,
    ending,
    endAt,
    faultsStoppedAt: lines.find(({ kind }) => kind === 'faults-stopped')?.at ?? NONE,
    lanes: lanes.list,
    steps,
    messages,
    calls: calls.calls,
    lives,
    reigns: reignsOf(facts, whys, lanes, endAt),
    outages: outagesOf(facts, lanes, endAt),
    tasks: tasksOf(facts, lanes, endAt),
    job: jobOf(facts, whys, endAt),
    checkpoints: checkpointsOf(facts, whys, traffic, lanes, readers, endAt),
    faults: linesOf(lines, 'fault').map((line) => faultOf(line, lanes)),
    breaks: linesOf(lines, 'connection-broke').map(({ at, from, to, streamClass }) => ({
      at,
      from: lanes.indexOf(from),
      to: lanes.indexOf(to),
      streamClass,
    })),
    violations: violationNotes(ending, stepped),
    omission: null,
  };
}

function endOf(lines: readonly TraceLine[], at: number): number {
  return lines.reduce((end, line) => Math.max(end, line.at, line.kind === 'stepped' ? line.leavesAt : 0), at);
}

interface Known {
  readonly lanes: Lanes;
  readonly readers: Readers;
  readonly traffic: Traffic;
  readonly calls: Calls;
}

function stepOf(line: LineOf<'stepped'>, index: number, { lanes, readers, traffic, calls }: Known): Step {
  const message = traffic.taken[index] ?? NONE;
  const call = calls.answered[index] ?? NONE;
  const ofInput = traffic.messages[message]?.category ?? calls.calls[call]?.category ?? null;
  return {
    at: line.at,
    until: line.leavesAt,
    lane: lanes.indexOf(line.node),
    incarnation: line.incarnation,
    event: line.event,
    input: shorten(readers.texts.input(line.input)),
    effects: line.effects.map((effect) => shorten(readers.texts.effect(effect))),
    category: categoryOfStep(line, ofInput, readers),
    message,
    call,
  };
}

/** A step in which a machine said something is worth seeing; else it is as its input, or as what came of it. */
function categoryOfStep({ input, effects }: LineOf<'stepped'>, ofInput: Category | null, { guest }: Readers): Category {
  if (effects.some(({ effect }) => effect === 'note' || effect === 'halt'))
    return ofInput === 'checkpoint' ? ofInput : 'control';
  if (ofInput !== null) return ofInput;
  if (input.kind === 'work') return 'data';
  const caused = effects.flatMap((effect): Category[] => {
    if (effect.effect === 'send') return [categoryOfMessage(guest, effect)];
    return effect.effect === 'request' ? [categoryOfRequest(guest, effect.request as { readonly kind: string })] : [];
  });
  return order.find((category) => caused.includes(category)) ?? 'heartbeat';
}

/** What a person looks for first. */
const order: readonly Category[] = ['checkpoint', 'control', 'request', 'data'];

function faultOf({ at, fault, target, text, hit, event, decision }: LineOf<'fault'>, lanes: Lanes): Fault {
  const struck = target.split('>').map((name) => lanes.indexOf(name));
  return {
    at,
    fault,
    text,
    lanes: struck.filter((lane) => lane !== NONE),
    hit,
    event,
    decision: decision === null ? '' : `${decision.stream} ${decision.index}`,
  };
}
