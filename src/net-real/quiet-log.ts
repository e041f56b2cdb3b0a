// Complaints that may come without end: strangers that knock again and again, requests that are repeated until they succeed. One line about each
// thing, and how often it came since, so that neither a disk nor a reader drowns. The last one that was left out is told too, ten seconds later.
import { systemClock, type Clock } from './log/repeats.ts';

const QUIET_MS = 10_000;
const ABOUT_MAX = 256; // things that are remembered; of more than these the oldest is told, and is news again

interface Complaint {
  atMs: number;
  unheard: number;
  /** The last one that was left out. */
  line: string;
}

/** `about`: what is the same for all complaints of which one line is enough. */
export type Complain = (about: string, line: string) => void;

/** One line about each thing, and no more about it for ten seconds; then one that tells how many were left out. */
export function quietly(log: (line: string) => void, clock: Clock = systemClock): Complain {
  const complaints = new Map<string, Complaint>();
  let isLookSet = false;

  const tell = (line: string, others: number): void =>
    log(`${line}${others === 0 ? '' : ` (and ${others} times since the last line)`}`);
  const tellLeft = (complaint: Complaint): void => {
    if (complaint.unheard > 0) tell(complaint.line, complaint.unheard - 1);
    complaint.unheard = 0;
    complaint.atMs = clock.now();
  };
  const lookLater = (): void => {
    const due = [...complaints.values()].filter(({ unheard }) => unheard > 0).map(({ atMs }) => atMs + QUIET_MS);
    if (isLookSet || due.length === 0) return;
    isLookSet = true;
    clock.after(Math.max(1, Math.min(...due) - clock.now()), look);
  };
  const look = (): void => {
    isLookSet = false;
    for (const complaint of complaints.values())
      if (complaint.unheard > 0 && clock.now() - complaint.atMs >= QUIET_MS) tellLeft(complaint);
    lookLater();
  };

  return (about, line) => {
    const last = complaints.get(about);
    if (last !== undefined && clock.now() - last.atMs < QUIET_MS) {
      last.unheard += 1;
      last.line = line;
      return lookLater();
    }
    complaints.delete(about); // the newest is last
    complaints.set(about, { atMs: clock.now(), unheard: 0, line: '' });
    const [oldest] = complaints;
    if (complaints.size > ABOUT_MAX && oldest !== undefined) {
      tellLeft(oldest[1]);
      complaints.delete(oldest[0]);
    }
    tell(line, last?.unheard ?? 0);
  };
}
