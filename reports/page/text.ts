// Every item in words: its title, its place in time, and its lines. The panel, the list and screen readers all say the same.
import { formatDuration, formatTime } from '../model/times.ts';
import { NONE } from '../model/model.ts';
import type { RunModel } from '../model/model.ts';
import type { Item } from './selection.ts';

export interface Described {
  readonly kind: string;
  readonly title: string;
  readonly from: number;
  readonly to: number;
  /** Label and text. */
  readonly rows: readonly (readonly [string, string])[];
  /** Other items that belong to it, with what they are to it. */
  readonly links: readonly { readonly label: string; readonly item: Item }[];
}

type Links = { label: string; item: Item }[];

export function laneName({ lanes }: RunModel, lane: number): string {
  return lanes[lane]?.name ?? 'nobody in this trace';
}

export function describeItem(model: RunModel, item: Item): Described {
  switch (item.kind) {
    case 'step':
      return describeStep(model, item.index);
    case 'message':
      return describeMessage(model, item.index);
    case 'call':
      return describeCall(model, item.index);
    case 'fault':
      return describeFault(model, item.index);
    case 'checkpoint':
      return describeCheckpoint(model, item.index);
    case 'violation':
      return describeViolation(model, item.index);
    default:
      return describePeriod(model, item);
  }
}

function describeStep(model: RunModel, index: number): Described {
  const step = model.steps[index]!;
  const links: Links = [];
  if (step.message !== NONE) links.push({ label: 'takes the message', item: { kind: 'message', index: step.message } });
  if (step.call !== NONE) links.push({ label: 'takes the answer to', item: { kind: 'call', index: step.call } });
  model.messages.forEach(({ sender }, at) => {
    if (sender === index) links.push({ label: 'sends', item: { kind: 'message', index: at } });
  });
  model.calls.forEach(({ sender }, at) => {
    if (sender === index) links.push({ label: 'asks', item: { kind: 'call', index: at } });
  });
  const effects = step.effects.map((effect) => ['effect', effect] as const);
  return {
    kind: 'step',
    title: `${laneName(model, step.lane)}: ${step.input}`,
    from: step.at,
    to: step.until,
    rows: [
      ['input', step.input],
      ...(effects.length === 0 ? [['effects', 'none'] as const] : effects),
      ['process', `${laneName(model, step.lane)}, incarnation ${step.incarnation}`],
      ['event', step.event === 0 ? 'before the first' : `no. ${step.event} of the run`],
    ],
    links,
  };
}

const fates = {
  arrived: 'arrived',
  altered: 'arrived, but altered on its way',
  lost: 'LOST',
  unseen: 'on its way when the trace ends',
} as const;

function describeMessage(model: RunModel, index: number): Described {
  const { from, to, text, sentAt, endedAt, fate, why, sender, receiver, category } = model.messages[index]!;
  const links: Links = [];
  if (sender !== NONE) links.push({ label: 'sent by', item: { kind: 'step', index: sender } });
  if (receiver !== NONE) links.push({ label: 'taken by', item: { kind: 'step', index: receiver } });
  const whyRow = fate === 'altered' ? (['as it arrived', why] as const) : (['why', why] as const);
  return {
    kind: category === 'checkpoint' ? 'checkpoint message' : 'message',
    title: `${laneName(model, from)} → ${laneName(model, to)}: ${text}`,
    from: sentAt,
    to: endedAt,
    rows: [
      ['message', text],
      ['from, to', `${laneName(model, from)} → ${laneName(model, to)}`],
      ['fate', `${fates[fate]}${fate === 'unseen' ? '' : ` after ${formatDuration(endedAt - sentAt)}`}`],
      ...(why === '' ? [] : [whyRow]),
    ],
    links,
  };
}

function describeCall(model: RunModel, index: number): Described {
  const call = model.calls[index]!;
  const links: Links = [];
  if (call.sender !== NONE) links.push({ label: 'asked by', item: { kind: 'step', index: call.sender } });
  if (call.receiver !== NONE) links.push({ label: 'answer taken by', item: { kind: 'step', index: call.receiver } });
  const isReal = model.header.world === 'real';
  const never = isReal ? 'the trace of a real run does not say when' : 'never';
  return {
    kind: 'request',
    title: `${laneName(model, call.lane)} asks ${laneName(model, call.service)}: ${call.text}`,
    from: call.sentAt,
    to: Math.max(call.sentAt, call.appliedAt, call.answeredAt),
    rows: [
      ['request', call.text],
      ['answer', call.answer === '' ? 'none' : call.answer],
      ['took effect', call.appliedAt === NONE ? never : formatTime(call.appliedAt)],
      ['answered', call.answeredAt === NONE ? 'nobody heard it' : formatTime(call.answeredAt)],
      ['by', laneName(model, call.lane)],
    ],
    links,
  };
}

function describeFault(model: RunModel, index: number): Described {
  const { fault, text, at, lanes, hit, decision, event } = model.faults[index]!;
  const steps = model.steps.flatMap((step, at) => (event !== NONE && step.event === event ? [at] : []));
  const links: Links = steps.map((at) => ({ label: 'it struck in', item: { kind: 'step', index: at } }));
  model.messages.forEach(({ sender, fate }, at) => {
    const isStruck = fate === 'lost' || fate === 'altered';
    if (isStruck && steps.includes(sender)) links.push({ label: 'it struck', item: { kind: 'message', index: at } });
  });
  return {
    kind: `fault ${index + 1}`,
    title: `${fault}: ${text}`,
    from: at,
    to: at,
    rows: [
      ['fault', fault],
      ['what', text],
      ...lanes.map((lane) => ['struck', laneName(model, lane)] as const),
      ['hit', hit ? 'yes: something was there to be hit' : 'no'],
      ...(decision === '' ? [] : [['decision', decision] as const]),
    ],
    links,
  };
}

function describeCheckpoint(model: RunModel, index: number): Described {
  const { id, lane, triggeredAt, endedAt, outcome, why, acks } = model.checkpoints[index]!;
  return {
    kind: 'checkpoint',
    title: `checkpoint ${id}: ${outcome}${why === '' ? '' : `, ${why}`}`,
    from: triggeredAt,
    to: endedAt,
    rows: [
      ['checkpoint', String(id)],
      ['outcome', `${outcome} after ${formatDuration(endedAt - triggeredAt)}${why === '' ? '' : `: ${why}`}`],
      ['triggered by', laneName(model, lane)],
      ...acks.map(
        ({ task, lane: tm, at }) =>
          [
            'acknowledged',
            `${task} on ${laneName(model, tm)}, ${formatDuration(at - triggeredAt)} after the trigger`,
          ] as const,
      ),
    ],
    links: [],
  };
}

function describeViolation(model: RunModel, index: number): Described {
  const { oracle, text, at, evidence } = model.violations[index]!;
  return {
    kind: 'violation',
    title: `${oracle}: ${text}`,
    from: at,
    to: at,
    rows: [['oracle', oracle], ['objects', text], ...evidence.slice(1).map((line) => ['evidence', line.text] as const)],
    links: [],
  };
}

function describePeriod(model: RunModel, { kind, index }: Item): Described {
  const period = (title: string, from: number, to: number, rows: [string, string][]): Described => ({
    kind,
    title,
    from,
    to,
    rows: [...rows, ['lasted', formatDuration(to - from)]],
    links: [],
  });
  switch (kind) {
    case 'life': {
      const { lane, incarnation, from, to, why } = model.lives[index]!;
      return period(`${laneName(model, lane)}, incarnation ${incarnation}`, from, to, because(why));
    }
    case 'reign': {
      const { lane, epoch, from, to, why } = model.reigns[index]!;
      return period(`${laneName(model, lane)} leads with epoch ${epoch}`, from, to, because(why));
    }
    case 'outage': {
      const { lane, other, from, to } = model.outages[index]!;
      const name = laneName(model, lane);
      return period(
        other === NONE ? `${name} is stopped` : `${name} cannot reach ${laneName(model, other)}`,
        from,
        to,
        [],
      );
    }
    case 'task': {
      const { lane, name, states, from, to, why } = model.tasks[index]!;
      const rows = states.map(({ at, state }): [string, string] => [state, formatTime(at)]);
      return period(`task ${name} on ${laneName(model, lane)}`, from, to, [...rows, ...because(why)]);
    }
    case 'job': {
      const { state, text, from, to } = model.job[index]!;
      return period(`job ${state}${text === '' ? '' : `: ${text}`}`, from, to, []);
    }
    default: {
      const { at, from, to, streamClass } = model.breaks[index]!;
      const ends = `${laneName(model, from)} to ${laneName(model, to)}`;
      return {
        kind: 'connection',
        title: `the ${streamClass} connection from ${ends} broke`,
        from: at,
        to: at,
        rows: [],
        links: [],
      };
    }
  }
}

function because(why: string): [string, string][] {
  return why === '' ? [] : [['ended', why]];
}
