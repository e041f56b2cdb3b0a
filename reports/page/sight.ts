// What of the traffic is in sight: shown by the filters, within the window, and no twin of a line that is drawn already. It is worked out once
// for each picture; the pointer asks for the same again.
import { NONE } from '../model/model.ts';
import type { Message } from '../model/model.ts';
import { geometryOf } from './geometry.ts';
import type { Surface } from './surface.ts';
import type { View } from './view.ts';

export interface Sight {
  readonly messages: readonly number[];
  readonly calls: readonly number[];
}

type Looking = Pick<Surface, 'view' | 'px' | 'width'>;

const last = { key: '', positions: null as object | null, sight: { messages: [], calls: [] } as Sight };

export function inSight(looking: Looking): Sight {
  const { view, width } = looking;
  const key = [view.from, view.to, width, ...[...view.shown].sort()].join(' ');
  if (key === last.key && last.positions === view.positions) return last.sight;
  const sight = { messages: messagesInSight(looking), calls: callsInSight(looking) };
  Object.assign(last, { key, positions: view.positions, sight });
  return sight;
}

function isShown(view: View, { category, fate }: Message): boolean {
  return fate === 'lost' ? view.shown.has('lost') : view.shown.has(category);
}

const TWIN = 2; // pixels: shorter lines of one direction look the same

/** Of lines that would look the same, one. */
function messagesInSight({ view, px, width }: Looking): number[] {
  const { messages, lanes } = view.model;
  const { sent, ended } = geometryOf(view);
  const isTwin = twins(lanes.length, width);
  const found: number[] = [];
  for (let index = 0; index < messages.length; index++) {
    if ((ended[index] as number) < view.from || (sent[index] as number) > view.to) continue;
    const message = messages[index]!;
    if (message.from === NONE || message.to === NONE || !isShown(view, message)) continue;
    const left = px(sent[index] as number);
    const mayBeTwin = message.fate !== 'lost' && px(ended[index] as number) - left < TWIN;
    if (mayBeTwin && isTwin(message.from, message.to, left, message.category === 'checkpoint')) continue;
    found.push(index);
  }
  return found;
}

function callsInSight({ view, px, width }: Looking): number[] {
  const { calls, lanes } = view.model;
  const { asked, applied, answered } = geometryOf(view);
  const isTwin = twins(lanes.length, width);
  const found: number[] = [];
  for (let index = 0; index < calls.length; index++) {
    const call = calls[index]!;
    const end = Math.max(answered[index] as number, applied[index] as number);
    if (end < view.from || (asked[index] as number) > view.to || call.lane === NONE || call.service === NONE) continue;
    if (!view.shown.has(call.category) && !(call.failed && view.shown.has('lost'))) continue;
    const left = px(asked[index] as number);
    if (!call.failed && px(end) - left < TWIN && isTwin(call.lane, call.service, left, false)) continue;
    found.push(index);
  }
  return found;
}

/** Says whether such a line was asked for before at the same pixel; what is important counts by itself. */
function twins(lanes: number, width: number): (from: number, to: number, left: number, important: boolean) => boolean {
  const columns = Math.ceil(width) + 2;
  const seen = new Uint8Array(columns * lanes * lanes * 2);
  return (from, to, left, important) => {
    if (left < 0) return false;
    const place = ((from * lanes + to) * 2 + (important ? 1 : 0)) * columns + Math.round(left);
    if (seen[place] === 1) return true;
    seen[place] = 1;
    return false;
  };
}
