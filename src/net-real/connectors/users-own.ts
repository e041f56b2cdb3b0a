// Connectors of a user's own: what a job module exports as `connectors`, by scheme.
import type { SourceConnector } from '../../core/graph/connectors.ts';
import { builtInSources } from './registry.ts';

type Module = Readonly<Record<string, unknown>>;

/** Those of a module that has no mistakes. */
export function connectorsIn({ connectors }: Module): ReadonlyMap<string, SourceConnector> {
  return new Map(Object.entries((connectors ?? {}) as Readonly<Record<string, SourceConnector>>));
}

/** What is wrong with what a module exports as `connectors`, or null. */
export function mistakeInConnectors({ connectors }: Module): string | null {
  if (connectors === undefined) return null;
  if (typeof connectors !== 'object' || connectors === null)
    return '"connectors" is no object of connectors by scheme: { kafkaish: { open } }';
  for (const [scheme, connector] of Object.entries(connectors as Readonly<Record<string, unknown>>)) {
    const mistake = mistakeIn(scheme, connector as Partial<SourceConnector> | null);
    if (mistake !== null) return mistake;
  }
  return null;
}

function mistakeIn(scheme: string, connector: Partial<SourceConnector> | null): string | null {
  if (!/^[a-z][a-z0-9+.-]{0,31}$/.test(scheme))
    return `"connectors" has the scheme "${scheme}": a scheme is up to 32 small letters, digits, +, . and -, a letter first`;
  if (builtInSources.has(scheme)) return `"connectors" has the scheme "${scheme}", which is built in`;
  if (typeof connector?.open !== 'function') return `connector "${scheme}" has no function "open"`;
  const { options = [] } = connector;
  const isList = Array.isArray(options) && options.every((option) => typeof option === 'string');
  return isList ? null : `connector "${scheme}": its options are no list of names`;
}
