// Where the keys of a cluster are in etcd, as a URL: `etcd://HOST:PORT,HOST:PORT/PREFIX`, or `etcds://…` over TLS, and the files with what it takes to be let in.
// Secrets stand in files alone: a URL is seen by whoever sees a command line.
import type { Result } from '../../core/base/value.ts';
import { formatEndpoint, parseEndpoint, type Endpoint } from '../endpoint.ts';

export interface EtcdPlace {
  /** Members of one etcd cluster; at least one, each once. */
  readonly endpoints: readonly Endpoint[];
  /** Without a slash at its ends: all keys of the cluster begin with it and a slash. */
  readonly prefix: string;
  /** Null: no TLS. */
  readonly tls: EtcdTls | null;
  /** File of one line, `NAME:PASSWORD`; null: etcd is asked without a user. */
  readonly login: string | null;
  /** The leader's process has older revisions compacted, of all who use that etcd; null: it has none. */
  readonly keepRevisions: number | null;
}

/** Files in PEM; null: none. */
export interface EtcdTls {
  /** Of those who sign for etcd; null: those that Node knows. */
  readonly ca: string | null;
  /** With which this process proves itself; both or none. */
  readonly cert: string | null;
  readonly key: string | null;
}

export const ETCD_FORM = 'etcd://HOST:PORT,HOST:PORT/PREFIX';
export const ETCDS_FORM = 'etcds://HOST:PORT,HOST:PORT/PREFIX?ca=FILE';

const PLACE = /^\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;
const PREFIX = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;
const ENDPOINTS_MAX = 16;

/**
 * @param rest what stands behind the colon of the scheme
 * @param pathOf makes a path absolute
 */
export function parseEtcdPlace(
  rest: string,
  isSecure = false,
  pathOf: (path: string) => string = (path) => path,
): Result<EtcdPlace> {
  const form = isSecure ? ETCDS_FORM : ETCD_FORM;
  const [, hosts, path = '', query = ''] = PLACE.exec(rest) ?? [];
  if (hosts === undefined || hosts === '') return refused(`expected ${form}`);
  if (hosts.includes('@'))
    return refused('no user stands before HOST:PORT: name a file with NAME:PASSWORD, ?login=FILE');
  const texts = hosts.split(',');
  if (texts.length > ENDPOINTS_MAX) return refused(`at most ${ENDPOINTS_MAX} endpoints, and these are ${texts.length}`);
  const endpoints: Endpoint[] = [];
  for (const text of texts) {
    const endpoint = parseEndpoint(text);
    if (!endpoint.ok) return endpoint;
    endpoints.push(endpoint.value);
  }
  if (new Set(texts).size < texts.length) return refused('each endpoint may stand there once');
  const prefix = path.replace(/\/$/, '');
  if (prefix === '')
    return refused(`it names no prefix for the keys of this cluster: expected ${form}, as in ${hosts}/millrace`);
  if (!PREFIX.test(prefix))
    return refused(
      `"${prefix}" is no prefix: letters, digits, dots, dashes and underscores, with single slashes between`,
    );
  const named = readQuery(query, isSecure, pathOf);
  return named.ok ? { ok: true, value: { endpoints, prefix, ...named.value } } : named;
}

function refused(reason: string): Result<never> {
  return { ok: false, reason };
}

// ---- Behind the question mark

const TLS_FILES = ['ca', 'cert', 'key'] as const;
const FILES: readonly string[] = [...TLS_FILES, 'login'];
const COMPACT = 'compact';
/** Fewer would be gone before a watch that broke is opened again. */
const KEPT_MIN = 1_000;

function readQuery(
  text: string,
  isSecure: boolean,
  pathOf: (path: string) => string,
): Result<Pick<EtcdPlace, 'tls' | 'login' | 'keepRevisions'>> {
  const files = new Map<string, string>();
  for (const [name, file] of new URLSearchParams(text)) {
    if (name !== COMPACT && !FILES.includes(name))
      return refused(`"${name}" is none of what may stand behind "?": ${[...FILES, COMPACT].join(', ')}`);
    if (files.has(name)) return refused(`"${name}" stands there twice`);
    if (file === '') return refused(`"${name}" names nothing`);
    files.set(name, name === COMPACT ? file : pathOf(file));
  }
  const kept = files.get(COMPACT) ?? null;
  if (kept !== null && !(/^\d{1,15}$/.test(kept) && Number(kept) >= KEPT_MIN))
    return refused(`"${kept}" is no number of revisions to keep: expected ${COMPACT}=NUMBER, at least ${KEPT_MIN}`);
  const [ca, cert, key, login] = FILES.map((name) => files.get(name) ?? null) as [Named, Named, Named, Named];
  if (!isSecure && (ca ?? cert ?? key) !== null)
    return refused(`${TLS_FILES.find((name) => files.has(name))} is for TLS: name it etcds://`);
  if ((cert === null) !== (key === null)) return refused('cert and key stand there both, or none of them');
  return {
    ok: true,
    value: { tls: isSecure ? { ca, cert, key } : null, login, keepRevisions: kept === null ? null : Number(kept) },
  };
}

type Named = string | null;

// ---- Texts

/** In its one form, which `parseEtcdPlace` takes. */
export function formatEtcdPlace(place: EtcdPlace): string {
  const { ca = null, cert = null, key = null } = place.tls ?? {};
  const named = Object.entries({ ca, cert, key, login: place.login }).filter(([, file]) => file !== null);
  const files = named.map(([name, file]) => `${name}=${encodeURIComponent(file ?? '').replaceAll('%2F', '/')}`);
  if (place.keepRevisions !== null) files.push(`${COMPACT}=${place.keepRevisions}`);
  return `${nameEtcdPlace(place)}${files.length === 0 ? '' : `?${files.join('&')}`}`;
}

/** For messages: without what stands behind `?`. */
export function nameEtcdPlace({ endpoints, prefix, tls }: EtcdPlace): string {
  return `etcd${tls === null ? '' : 's'}://${endpoints.map(formatEndpoint).join(',')}/${prefix}`;
}
