// What tells whether two sinks are one and the same place. A URL may be written in more than one way, and each version of a job brings code of its own.
import { formatConnectorUrl, parseConnectorUrl } from './connector-url.ts';

/** Option of a URL whose connector itself says what its place is. Whoever submits the job writes it; connectors do not see it. */
export const IDENTITY_OPTION = 'identity';

/**
 * Equal for sinks that are one place. A name stands for itself, and so does the folder of a scheme that is built in, whatever the format of its parts. A
 * sink of a user's own is known by what its connector says, or by its scheme, place and options in any order; by which code, makes no difference.
 */
export function sinkIdentity(sink: string): string {
  const url = parseConnectorUrl(sink);
  if (url === null) return sink;
  const { scheme, place, options, code } = url;
  if (code === null) return `folder:${place}`;
  const own = options.get(IDENTITY_OPTION);
  if (own !== undefined) return `${scheme}:${own}`;
  const sorted = [...options].sort(([a], [b]) => (a < b ? -1 : 1));
  return formatConnectorUrl({ scheme, place, options: new Map(sorted), code: null });
}

/** As people write it: without what was added at submission. */
export function sinkAsWritten(sink: string): string {
  const url = parseConnectorUrl(sink);
  if (url === null) return sink;
  const options = new Map([...url.options].filter(([name]) => name !== IDENTITY_OPTION));
  return formatConnectorUrl({ ...url, options, code: null });
}
