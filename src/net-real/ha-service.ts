// Where the HA service of a cluster is, as `--ha` says it: a scheme, and what that scheme makes of the rest. The one table of schemes. Whoever needs
// the HA service asks here, and knows no kind of it. Code of a scheme is loaded where that one is used.
import type { Result } from '../core/base/value.ts';
import { ETCD_FORM, ETCDS_FORM, formatEtcdPlace, parseEtcdPlace } from './etcd/place.ts';
import type { HaScheme, HaService } from './ha-scheme.ts';

const directory: HaScheme = {
  form: 'file:FOLDER',
  read: (rest, pathOf) =>
    rest === '' ? { ok: false, reason: 'expected a folder' } : { ok: true, value: pathOf(rest) },
  async load(folder) {
    const { directoryService } = await import('./ha-directory-service.ts');
    return directoryService(folder);
  },
};

/** @param isSecure over TLS */
const etcdScheme = (form: string, isSecure: boolean): HaScheme => ({
  form,
  read(rest, pathOf) {
    const place = parseEtcdPlace(rest, isSecure, pathOf);
    return place.ok ? { ok: true, value: formatEtcdPlace(place.value) } : place;
  },
  async load(text) {
    const { etcdService } = await import('./etcd/service.ts');
    const place = parseEtcdPlace(text.slice(text.indexOf(':') + 1), isSecure);
    if (place.ok) return etcdService(place.value);
    throw new Error(`${text}: ${place.reason}`);
  },
});

/** By scheme. */
const schemes: ReadonlyMap<string, HaScheme> = new Map([
  ['file', directory],
  ['etcd', etcdScheme(ETCD_FORM, false)],
  ['etcds', etcdScheme(ETCDS_FORM, true)],
]);

/** What `--ha` takes. */
export const HA_FORMS = ['FOLDER', ...Array.from(schemes.values(), ({ form }) => form)].join(', ');

/** `etcd`: of a word and a colon; a path has none before its first slash. */
const SCHEME = /^([a-z][a-z0-9+-]+):/;

/**
 * What the user calls the HA service, in the form that `haServiceAt` takes: an absolute path is a folder.
 *
 * @param pathOf makes a path absolute
 */
export function readHa(text: string, pathOf: (path: string) => string): Result<string> {
  const name = SCHEME.exec(text)?.[1];
  if (name === undefined) return directory.read(text, pathOf);
  const scheme = schemes.get(name);
  if (scheme === undefined)
    return { ok: false, reason: `"${name}" is no scheme of an HA service: expected ${HA_FORMS}` };
  return scheme.read(text.slice(name.length + 1), pathOf);
}

/** Whether it is a folder of this host. */
export function isHaFolder(place: string): boolean {
  return schemeOf(place) === directory;
}

/** One of its own below another one, which is no folder. @param place as `readHa` returned it */
export function haBelow(place: string, name: string): string {
  const [path, ...files] = place.split('?');
  return [`${path}/${name}`, ...files].join('?');
}

/** @param place as `readHa` returned it */
export function haServiceAt(place: string): Promise<HaService> {
  return schemeOf(place).load(place);
}

function schemeOf(place: string): HaScheme {
  return schemes.get(SCHEME.exec(place)?.[1] ?? 'file') ?? directory;
}
