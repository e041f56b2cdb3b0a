// What is wrong with a list of faults that somebody asks for.
import { unknownName } from '../../core/base/options.ts';
import type { Guest } from '../guest.ts';
import { kindOfFault, readForced } from './forced.ts';

/** One sentence, or null: every name is a kind of fault that can hit something, or forces one. */
export function faultsMistake(names: readonly string[], guest: Pick<Guest, 'faultKinds' | 'whyIdle'>): string | null {
  for (const name of names) {
    const mistake = nameMistake(name, guest);
    if (mistake !== null) return mistake;
  }
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) return `${repeated} is given twice`;
  const forced = names.find((name) => name !== kindOfFault(name) && names.includes(kindOfFault(name)));
  return forced === undefined
    ? null
    : `${forced} says where it strikes, and ${kindOfFault(forced)} leaves that open: give one of them`;
}

function nameMistake(name: string, { faultKinds, whyIdle }: Pick<Guest, 'faultKinds' | 'whyIdle'>): string | null {
  const forced = readForced(name);
  if (!forced.ok) return forced.reason;
  const kind = kindOfFault(name);
  if (!faultKinds.includes(kind)) return unknownName('fault', kind, faultKinds);
  const reason = whyIdle(kind);
  return reason === null ? null : `${kind} can hit nothing here: ${reason}`;
}
