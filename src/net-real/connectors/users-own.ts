// Connectors of a user's own: what a job module exports as `connectors`, by scheme.
import type { SinkConnector, SourceConnector } from '../../core/graph/connectors.ts';
import { IDENTITY_OPTION } from '../../core/graph/sink-identity.ts';
import { builtInSinks, builtInSources } from './registry.ts';

type Module = Readonly<Record<string, unknown>>;

type Connector = Partial<SourceConnector & SinkConnector>;

/** Sources of a module that has no mistakes. */
export function connectorsIn(module: Module): ReadonlyMap<string, SourceConnector> {
  return new Map(
    allIn(module).flatMap(([scheme, one]) => (one.open === undefined ? [] : [[scheme, one as SourceConnector]])),
  );
}

/** Its sinks. */
export function sinksIn(module: Module): ReadonlyMap<string, SinkConnector> {
  return new Map(
    allIn(module).flatMap(([scheme, one]) => (one.openSink === undefined ? [] : [[scheme, one as SinkConnector]])),
  );
}

function allIn({ connectors }: Module): readonly (readonly [string, Connector])[] {
  return Object.entries((connectors ?? {}) as Readonly<Record<string, Connector>>);
}

/** What is wrong with what a module exports as `connectors`, or null. */
export function mistakeInConnectors({ connectors }: Module): string | null {
  if (connectors === undefined) return null;
  if (typeof connectors !== 'object' || connectors === null)
    return '"connectors" is no object of connectors by scheme: { kafkaish: { open } }';
  for (const [scheme, connector] of Object.entries(connectors as Readonly<Record<string, unknown>>)) {
    const mistake = mistakeIn(scheme, connector as Connector | null);
    if (mistake !== null) return mistake;
  }
  return null;
}

function mistakeIn(scheme: string, connector: Connector | null): string | null {
  if (!/^[a-z][a-z0-9+.-]{0,31}$/.test(scheme))
    return `"connectors" has the scheme "${scheme}": a scheme is up to 32 small letters, digits, +, . and -, a letter first`;
  if (builtInSources.has(scheme) || builtInSinks.has(scheme))
    return `"connectors" has the scheme "${scheme}", which is built in`;
  if (connector === null || (connector.open === undefined && connector.openSink === undefined))
    return `connector "${scheme}" has no function "open", of a source, nor "openSink", of a sink`;
  for (const name of ['open', 'openSink', 'identity'] as const)
    if (connector[name] !== undefined && typeof connector[name] !== 'function')
      return `connector "${scheme}": its "${name}" is no function`;
  const { options = [] } = connector;
  const isList = Array.isArray(options) && options.every((option) => typeof option === 'string');
  if (!isList) return `connector "${scheme}": its options are no list of names`;
  return options.includes(IDENTITY_OPTION)
    ? `connector "${scheme}": its option "${IDENTITY_OPTION}" is one that Millrace uses itself`
    : null;
}
