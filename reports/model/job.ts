// How the job fared over time, as its leader noted; between two leaders it is SUSPENDED.
import { describeReason } from '../../src/core/protocol/describe-reason.ts';
import { isGloballyTerminal } from '../../src/core/protocol/states.ts';
import type { JobStatus } from '../../src/core/protocol/states.ts';
import type { JobPeriod } from './model.ts';
import type { Noted } from './notes.ts';

export function jobOf(notes: readonly Noted[], endAt: number): JobPeriod[] {
  const periods: JobPeriod[] = [];
  let current: Omit<JobPeriod, 'to'> | null = null;
  let leader = '';
  let reason = '';
  const move = (at: number, state: JobStatus, text: string): void => {
    if (current !== null) periods.push({ ...current, to: at });
    current = { from: at, state, text };
  };
  for (const noted of notes) {
    const { node, at } = noted;
    const note = noted.kind === 'noted' ? noted.note : null;
    const leaves = node === leader && (note === null || note.kind === 'leadership-lost');
    if (leaves && !isOver(current)) move(at, 'SUSPENDED', `${leader} does not lead any more`);
    if (leaves) leader = '';
    switch (note?.kind) {
      case 'job-restarting':
        reason = describeReason(note.reason);
        break;
      case 'job-status-changed':
        leader = node;
        move(at, note.to, note.to === 'RESTARTING' ? reason : '');
        break;
      case 'job-deployed':
        leader = node;
        move(at, 'RUNNING', `attempt ${note.attempt} from ${restoredFrom(note)}`);
        break;
      default:
    }
  }
  if (current !== null) periods.push({ ...(current as JobPeriod), to: endAt });
  return periods.filter((period) => period.to > period.from || isOver(period));
}

function isOver(period: Pick<JobPeriod, 'state'> | null): boolean {
  return period !== null && isGloballyTerminal(period.state);
}

function restoredFrom({ restoredFrom: checkpoint }: { readonly restoredFrom: number | null }): string {
  return checkpoint === null ? 'nothing' : `checkpoint ${checkpoint}`;
}
