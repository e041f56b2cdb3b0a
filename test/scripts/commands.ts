// The commands of a script. README.md of this folder lists them for readers.
import type { JobGraph } from '../../src/core/graph/job-graph.ts';
import { clusterOptionTable } from '../../src/core/protocol/cluster-options.ts';
import { parseOption, unknownName } from '../../src/core/base/options.ts';
import type { Bodies, Kind, Message } from '../../src/core/protocol/messages.ts';
import { NOT_APPLIED, UNKNOWN } from '../core/jobmanager/lab.ts';
import { type Flight, matches, type MessageFlight, type RequestFlight, type Selector } from './air.ts';
import { ARTIFACT, JOB, job } from './job.ts';
import type { Command } from './script.ts';
import { Stage } from './stage.ts';
import { describeView, isView } from './views.ts';

/** Runs the commands of one script, one after the other, and returns what each prints. */
export function createRunner(): (command: Command) => readonly string[] {
  let stage: Stage | null = null;
  return ({ words, settings }) => {
    const isQuiet = words[0] === 'quietly';
    const [verb = '', ...rest] = isQuiet ? words.slice(1) : words;
    if (verb === 'cluster' || verb === 'prepare') stage = new Stage(stageSettings(settings));
    if (stage === null) throw new Error('a script begins with cluster');
    stage.transcript.begin(stage.now);
    stage.transcript.isQuiet = isQuiet;
    if (isView(verb)) return describeView(stage, verb, rest);
    const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
    if (command === undefined) throw new Error(unknownName('command', verb, Object.keys(commands)));
    command(stage, rest, settings);
    stage.settle();
    return stage.transcript.take();
  };
}

type Settings = ReadonlyMap<string, string>;

function stageSettings(settings: Settings): ConstructorParameters<typeof Stage>[0] {
  const sizes = { 'job-managers': 1, 'task-managers': 2, slots: 1, 'rows-0': 1_000, 'rows-1': 1_000 };
  const options: Record<string, number> = {};
  for (const [name, text] of settings) {
    if (Object.hasOwn(sizes, name)) sizes[name as keyof typeof sizes] = Number(text);
    else {
      const option = parseOption(clusterOptionTable, name, text);
      if (!option.ok) throw new Error(option.reason);
      options[name] = option.value;
    }
  }
  const { 'job-managers': jobManagers, 'task-managers': taskManagers, slots } = sizes;
  const rows = [sizes['rows-0'], sizes['rows-1']] as const;
  return { jobManagers, taskManagers, slots, rows, options };
}

/** Another job has a sink of its own: two jobs on one are refused. */
function graphOf(jobId: string): JobGraph {
  if (jobId === JOB) return job.graph;
  const operators = job.graph.operators.map((one) => (one.kind === 'sink' ? { ...one, sink: jobId } : one));
  return { ...job.graph, operators };
}

const commands: Readonly<Record<string, (stage: Stage, words: readonly string[], settings: Settings) => void>> = {
  cluster: (stage) => startAll(stage),
  prepare: () => {},
  start: (stage, [name]) => (name === undefined ? startAll(stage) : stage.start(stage.node(name))),
  submit: (stage, [leader = 'jm-1'], settings) => {
    const jobId = settings.get('job') ?? JOB;
    stage.post(fromClient(leader, 'submit-job', { jobId, graph: graphOf(jobId), artifact: ARTIFACT, restore: null }));
  },
  pass: (stage, [ms]) => {
    if (!Number.isInteger(Number(ms))) throw new Error('pass how many ms?');
    stage.pass(Number(ms));
  },
  show: (stage, topics) => topics.forEach((topic) => stage.transcript.show(topic)),
  hide: (stage, topics) => topics.forEach((topic) => stage.transcript.hide(topic)),

  hold: (stage, words, settings) => void stage.holds.push(selectorOf(words, settings)),
  release: (stage, words, settings) => {
    const selector = selectorOf(words, settings);
    stage.holds.splice(0, stage.holds.length, ...stage.holds.filter((hold) => !isSameSelector(hold, selector)));
    for (const flight of stage.air) if (matches(selector, flight)) flight.held = false;
  },
  deliver: (stage, words, settings) => {
    const flight = messageInTheAir(stage, words, settings);
    const first = stage.first(flight);
    if (first !== flight) throw new Error(`before it in its stream is: ${first.text}`);
    stage.land(flight);
  },
  overtake: (stage, words, settings) => stage.land(messageInTheAir(stage, words, settings)),
  double: (stage, words, settings) => stage.deliver(messageInTheAir(stage, words, settings).message),
  drop: (stage, words, settings) => stage.remove(messageInTheAir(stage, words, settings)),

  answer: (stage, words, settings) => {
    const flight = openRequest(stage, words, settings);
    stage.apply(flight);
    stage.answer(flight);
  },
  apply: (stage, words, settings) => stage.apply(inTheAir(stage, 'request', words, settings) as RequestFlight),
  refuse: (stage, words, settings) => {
    const flight = openRequest(stage, words, settings);
    stage.remove(flight);
    stage.answer(flight, NOT_APPLIED);
  },
  lose: (stage, words, settings) => stage.answer(openRequest(stage, words, settings), UNKNOWN),

  crash: (stage, [name]) => stage.crash(stage.node(name)),
  pause: (stage, [name]) => void (stage.node(name).isPaused = true),
  resume: (stage, [name]) => stage.resume(stage.node(name)),
  cut: (stage, [from, to]) => void stage.cuts.add(`${from} ${to}`),
  heal: (stage, [from, to]) => void stage.cuts.delete(`${from} ${to}`),
  break: (stage, [left, right, streamClass = 'control']) => breakConnection(stage, left!, right!, streamClass),
};

function startAll(stage: Stage): void {
  for (const node of stage.nodes) {
    stage.start(node);
    stage.settle();
  }
}

function fromClient<K extends Kind>(to: string, kind: K, body: Bodies[K]): Message {
  return { effect: 'send', streamClass: 'control', from: 'client', to, kind, body } as unknown as Message;
}

/** What was on its way is lost; both sides notice. */
function breakConnection(stage: Stage, left: string, right: string, streamClass: string): void {
  if (streamClass !== 'control' && streamClass !== 'data') throw new Error(`no class of streams: ${streamClass}`);
  stage.air = stage.air.filter(
    (flight) =>
      flight.is === 'request' ||
      flight.message.streamClass !== streamClass ||
      ![left, right].includes(flight.message.from) ||
      ![left, right].includes(flight.message.to),
  );
  stage.give(stage.node(left), { kind: 'connection-lost', peer: right, streamClass });
  stage.give(stage.node(right), { kind: 'connection-lost', peer: left, streamClass });
}

function selectorOf(words: readonly string[], settings: Settings): Selector {
  const others = [...settings].filter(([name]) => name !== 'from' && name !== 'to');
  const details = others.map(([name, value]) => `${name}=${value}`); // as they stand in a line: `incarnation=2`
  return { words: [...words, ...details], from: settings.get('from'), to: settings.get('to') };
}

function isSameSelector(a: Selector, b: Selector): boolean {
  return a.words.join(' ') === b.words.join(' ') && a.from === b.from && a.to === b.to;
}

/** The oldest one that is meant. What is in the air between commands is held, or is behind something that is. */
function inTheAir(
  stage: Stage,
  is: Flight['is'],
  words: readonly string[],
  settings: Settings,
  isMeant: (flight: Flight) => boolean = () => true,
): Flight {
  const selector = selectorOf(words, settings);
  const candidates = stage.air.filter((flight) => flight.is === is && isMeant(flight));
  const found = candidates.find((flight) => matches(selector, flight));
  if (found !== undefined) return found;
  throw new Error(
    `no such ${is} is in the air; there are: ${candidates.map(({ text }) => text).join(' | ') || 'none'}`,
  );
}

function messageInTheAir(stage: Stage, words: readonly string[], settings: Settings): MessageFlight {
  return inTheAir(stage, 'message', words, settings) as MessageFlight;
}

/** One whose asker still waits. */
function openRequest(stage: Stage, words: readonly string[], settings: Settings): RequestFlight {
  const isOpen = (flight: Flight): boolean => flight.is === 'request' && !flight.abandoned;
  return inTheAir(stage, 'request', words, settings, isOpen) as RequestFlight;
}
