// Who led, from when to when, by what the JobManagers noted. Two at a time are possible: a leader that was deposed and does not know it yet.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import type { Lanes } from './lanes.ts';
import type { Reign } from './model.ts';
import type { Noted } from './notes.ts';

export function reignsOf(notes: readonly Noted[], lanes: Lanes, endAt: number): Reign[] {
  const reigns: Reign[] = [];
  const current = new Map<string, Omit<Reign, 'to' | 'why'>>();
  const end = (node: string, to: number, why: string): void => {
    const reign = current.get(node);
    if (reign !== undefined) reigns.push({ ...reign, to, why });
    current.delete(node);
  };
  for (const noted of notes) {
    const { node, at } = noted;
    if (noted.kind === 'died') end(node, at, `the process ended: ${noted.why}`);
    else if (noted.note.kind === 'leadership-lost') end(node, at, describeReason(noted.note.reason));
    else if (noted.note.kind === 'leader-elected') {
      end(node, at, 'it leads again');
      current.set(node, { lane: lanes.indexOf(node), epoch: noted.note.epoch, from: at });
    }
  }
  for (const node of current.keys()) end(node, endAt, '');
  return reigns.sort((one, other) => one.from - other.from);
}
