// The options that say who belongs to a cluster, and how its processes speak to each other.
import { secretPlace, type SharedPlaces } from '../net-real/cluster-secret.ts';
import type { ProcessConfig } from '../net-real/processes.ts';
import type { OptionRow } from './arguments.ts';
import { settingRow } from './config/settings.ts';
import { fromUser } from './files.ts';

export type Trust = Pick<ProcessConfig, 'secret'>;

export const trustSettings = ['secret-file'] as const;

export const trustRows: readonly OptionRow[] = trustSettings.map((name) => {
  const { value, about } = settingRow(name);
  return { name, value, about };
});

/** What the options say; of what they do not say, where the processes of a cluster in these places find it. */
export function readTrust(only: (name: string) => string | null, places: SharedPlaces): Trust {
  const given = only('secret-file');
  const secret = given === null ? secretPlace(places) : { path: fromUser(given), isDrawn: false };
  return secret === null ? {} : { secret };
}

/** The same, as words for a process. */
export function trustWords(only: (name: string) => string | null): readonly string[] {
  return trustSettings.flatMap((name) => {
    const text = only(name);
    return text === null ? [] : [`--${name}`, fromUser(text)];
  });
}
