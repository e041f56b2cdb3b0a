// Connectors by URL: where a source reads or a sink writes, `scheme:place?option=value&flag`. What a scheme means is the affair of ports.
// Whoever submits a job adds `#hash`: the artifact whose module has the code of a scheme that is a user's own.

export interface ConnectorUrl {
  readonly scheme: string;
  /** As it is written: a path, an address, or nothing. */
  readonly place: string;
  /** A flag without a value has the value ''. */
  readonly options: ReadonlyMap<string, string>;
  /** SHA-256 of the artifact with the code of the scheme; null: the scheme is built in. */
  readonly code: string | null;
}

const URL_PATTERN = /^([a-z][a-z0-9+.-]{0,31}):([^?]*)(?:\?(.*?))?(?:#([0-9a-f]{64}))?$/s;
const URL_LENGTH_MAX = 2_048;

/** Whether a topic or a sink is one, and no name of a folder, which has no colon. */
export function isConnectorUrl(name: unknown): name is string {
  return typeof name === 'string' && name.length <= URL_LENGTH_MAX && name.isWellFormed() && isPlain(name);
}

function isPlain(name: string): boolean {
  for (let index = 0; index < name.length; index++) if (name.charCodeAt(index) < 32) return false;
  return URL_PATTERN.test(name);
}

/** Null: it is no URL, or an option in it is not written as one. */
export function parseConnectorUrl(text: string): ConnectorUrl | null {
  const found = isConnectorUrl(text) ? URL_PATTERN.exec(text) : null;
  if (found === null) return null;
  const [, scheme = '', place = '', query = '', code = null] = found;
  const options = new Map<string, string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const [name = '', ...value] = pair.split('=');
    const decoded = decodedOrNull(value.join('='));
    if (name === '' || decoded === null || options.has(name)) return null;
    options.set(name, decoded);
  }
  return { scheme, place: place.replace(/#[0-9a-f]{64}$/, ''), options, code: code ?? codeIn(place) };
}

/** Without options the hash stands right behind the place. */
function codeIn(place: string): string | null {
  return /#([0-9a-f]{64})$/.exec(place)?.[1] ?? null;
}

function decodedOrNull(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

export function formatConnectorUrl({ scheme, place, options, code }: ConnectorUrl): string {
  const pairs = [...options].map(([name, value]) => (value === '' ? name : `${name}=${encodeURIComponent(value)}`));
  const query = pairs.length === 0 ? '' : `?${pairs.join('&')}`;
  return `${scheme}:${place}${query}${code === null ? '' : `#${code}`}`;
}
