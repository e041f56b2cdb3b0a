// The options that say who belongs to a cluster, and how its processes speak to each other.
import type { Result } from '../core/base/value.ts';
import { secretPlace, type SharedPlaces } from '../net-real/cluster-secret.ts';
import type { ProcessConfig } from '../net-real/processes.ts';
import type { TlsFiles } from '../net-real/tls-files.ts';
import type { OptionRow } from './arguments.ts';
import { settingRow } from './config/settings.ts';
import { fromUser } from './files.ts';

export type Trust = Pick<ProcessConfig, 'secret' | 'tls' | 'isInsecure'>;

const INSECURE = 'insecure-network';

export const trustSettings = ['secret-file', 'tls-cert', 'tls-key', 'tls-ca', INSECURE] as const;

export const trustRows: readonly OptionRow[] = trustSettings.map((name) => {
  const { value, about } = settingRow(name);
  return { name, value, about };
});

type Only = (name: string) => string | null;

/** What the options say; of the secret, if they do not, where the processes of a cluster in these places find it. */
export function readTrust(only: Only, places: SharedPlaces): Result<Trust> {
  const tls = readTlsFiles(only);
  if (!tls.ok) return tls;
  const isInsecure = only(INSECURE) !== null;
  if (isInsecure && tls.value !== null)
    return {
      ok: false,
      reason: `--${INSECURE} and --tls-cert contradict each other: TLS is for networks that are not safe`,
    };
  const given = only('secret-file');
  const secret = given === null ? secretPlace(places) : { path: fromUser(given), isDrawn: false };
  return {
    ok: true,
    value: {
      ...(secret === null ? {} : { secret }),
      ...(tls.value === null ? {} : { tls: tls.value }),
      ...(isInsecure ? { isInsecure } : {}),
    },
  };
}

/** All three, or none. */
function readTlsFiles(only: Only): Result<TlsFiles | null> {
  const names = ['tls-cert', 'tls-key', 'tls-ca'] as const;
  const [cert, key, ca] = names.map(only);
  if (typeof cert === 'string' && typeof key === 'string' && typeof ca === 'string')
    return { ok: true, value: { cert: fromUser(cert), key: fromUser(key), ca: fromUser(ca) } };
  const [given] = names.filter((name) => only(name) !== null);
  const missing = names.filter((name) => only(name) === null).map((name) => `--${name} FILE`);
  if (given === undefined) return { ok: true, value: null };
  return { ok: false, reason: `--${given} needs ${missing.join(' and ')} beside it` };
}

/** The same, as words for a process. */
export function trustWords(only: Only): readonly string[] {
  return trustSettings.flatMap((name) => {
    const text = only(name);
    if (text === null) return [];
    return name === INSECURE ? [`--${name}`] : [`--${name}`, fromUser(text)];
  });
}
