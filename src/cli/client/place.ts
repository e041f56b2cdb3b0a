// From words of a command line, and what is configured, to where a cluster answers REST.
import type { CommandLine } from '../arguments.ts';
import type { Configuration } from '../config/configuration.ts';
import type { SettingName } from '../config/settings.ts';
import { UsageError } from '../exit-codes.ts';
import { findCluster, type ClientPlace } from './cluster-client.ts';

/** Throws a `UsageError` where nothing says where the cluster is. */
export function placeOf({ options }: CommandLine, configuration: Configuration): ClientPlace {
  const only = (name: string): string | null => options.get(name)?.[0] ?? null;
  const configured = (name: SettingName): string | null => configuration.get(name)?.text ?? null;
  const seconds = only('timeout') ?? '10';
  if (!/^\d{1,5}(\.\d{1,3})?$/.test(seconds))
    throw new UsageError(`--timeout ${seconds}: expected seconds, as in 10 or 0.5`);
  const cluster = only('cluster') ?? configured('cluster');
  const tokenFile = only('token-file') ?? configured('rest-token-file');
  const given = { rest: options.get('rest') ?? [], cluster, tokenFile };
  return { ...findCluster(given), timeoutMs: Number(seconds) * 1_000, progress: () => {} };
}
