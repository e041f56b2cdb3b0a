// From a trace to what the page draws. Pure: the same trace gives the same model.
import type { Trace } from '../trace/read-trace.ts';
import { linesOf } from '../trace/lines.ts';
import type { LineOf, Stepped, TraceLine } from '../trace/lines.ts';
import { matchCalls } from './calls.ts';
import type { Calls } from './calls.ts';
import { checkpointsOf } from './checkpoints.ts';
import { violationNotes } from './evidence.ts';
import { jobOf } from './job.ts';
import { lanesOf } from './lanes.ts';
import type { Lanes } from './lanes.ts';
import { livesOf, outagesOf } from './lives.ts';
import { NONE } from './model.ts';
import type { Category, Fault, RunModel, Step } from './model.ts';
import { notesIn } from './notes.ts';
import { reignsOf } from './reigns.ts';
import { tasksOf } from './tasks.ts';
import { matchMessages, settleUnseen } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import { readEffect } from '../trace/step-texts.ts';
import { categoryOfMessage, categoryOfRequest } from './categories.ts';

export function buildModel({ header, lines, ending }: Trace): RunModel {
  const endAt = endOf(lines, ending?.at ?? 0);
  const lanes = lanesOf(lines);
  const notes = notesIn(lines);
  const traffic = matchMessages(lines, lanes, endAt);
  const lives = livesOf(lines, lanes, endAt);
  const messages = settleUnseen(traffic.messages, lives);
  const calls = matchCalls(lines, lanes);
  const steps = linesOf(lines, 'stepped').map((line, index) => stepOf(line, index, lanes, traffic, calls));
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
    reigns: reignsOf(notes, lanes, endAt),
    outages: outagesOf(lines, lanes, endAt),
    tasks: tasksOf(notes, lanes, endAt),
    job: jobOf(notes, endAt),
    checkpoints: checkpointsOf(notes, messages, lanes, endAt),
    faults: linesOf(lines, 'fault').map((line) => faultOf(line, lanes)),
    breaks: linesOf(lines, 'connection-broke').map(({ at, from, to, streamClass }) => ({
      at,
      from: lanes.indexOf(from),
      to: lanes.indexOf(to),
      streamClass,
    })),
    violations: violationNotes(ending, steps),
    omission: null,
  };
}

function endOf(lines: readonly TraceLine[], at: number): number {
  return lines.reduce((end, line) => Math.max(end, line.at, line.kind === 'stepped' ? (line.leavesAt ?? 0) : 0), at);
}

const TEXT_CHARACTERS_MAX = 2_000; // a list of a thousand files tells nobody more

function shorten(text: string): string {
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  return `${text.slice(0, TEXT_CHARACTERS_MAX)} … (${text.length} characters)`;
}

function stepOf(line: Stepped, index: number, lanes: Lanes, traffic: Traffic, calls: Calls): Step {
  const message = traffic.taken[index] ?? NONE;
  const call = calls.answered[index] ?? NONE;
  return {
    at: line.at,
    until: line.leavesAt ?? line.at,
    lane: lanes.indexOf(line.node),
    incarnation: line.incarnation,
    event: line.event,
    input: shorten(line.input),
    effects: line.effects.map(shorten),
    category: categoryOfStep(line, traffic.messages[message]?.category ?? calls.calls[call]?.category ?? null),
    message,
    call,
  };
}

/** A step in which a machine said something is worth seeing; else it is as its input, or as what came of it. */
function categoryOfStep({ input, effects }: Stepped, ofInput: Category | null): Category {
  if (effects.some((effect) => readEffect(effect).kind === 'note'))
    return ofInput === 'checkpoint' ? ofInput : 'control';
  if (ofInput !== null) return ofInput;
  if (input === 'work') return 'data';
  const caused = effects.map(categoryOfEffect);
  return order.find((category) => caused.includes(category)) ?? 'heartbeat';
}

/** What a person looks for first. */
const order: readonly Category[] = ['checkpoint', 'control', 'request', 'data'];

function categoryOfEffect(text: string): Category {
  const effect = readEffect(text);
  return effect.kind === 'send' ? categoryOfMessage(effect.text) : categoryOfRequest(effect.text);
}

function faultOf({ at, fault, target, text, hit, event, decision }: LineOf<'fault'>, lanes: Lanes): Fault {
  const struck = target.split('>').map((name) => lanes.indexOf(name));
  return {
    at,
    fault,
    text: text.includes(target) || target.includes('>') ? text : `${target}: ${text}`,
    lanes: struck.filter((lane) => lane !== NONE),
    hit,
    event: event ?? NONE,
    decision: decision === undefined ? '' : `${decision.stream} ${decision.index}`,
  };
}
