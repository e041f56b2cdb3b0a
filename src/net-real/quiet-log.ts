// Complaints that may come without end: strangers that knock again and again, requests that are repeated until they succeed. One line about each
// thing, and how often it came since, so that neither a disk nor a reader drowns.

const QUIET_MS = 10_000;
const ABOUT_MAX = 256; // things that are remembered; of more than these the oldest is news again

interface Complaint {
  readonly atMs: number;
  unheard: number;
}

/** `about`: what is the same for all complaints of which one line is enough. */
export type Complain = (about: string, line: string) => void;

/** One line about each thing, and no more about it for ten seconds; the next one tells how many were left out. */
export function quietly(log: (line: string) => void, now: () => number = () => performance.now()): Complain {
  const complaints = new Map<string, Complaint>();
  return (about, line) => {
    const last = complaints.get(about);
    if (last !== undefined && now() - last.atMs < QUIET_MS) return void (last.unheard += 1);
    const more = last === undefined || last.unheard === 0 ? '' : ` (and ${last.unheard} times since the last line)`;
    complaints.delete(about); // the newest is last
    complaints.set(about, { atMs: now(), unheard: 0 });
    const [oldest] = complaints.keys();
    if (complaints.size > ABOUT_MAX && oldest !== undefined) complaints.delete(oldest);
    log(`${line}${more}`);
  };
}
