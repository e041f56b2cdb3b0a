// Which real port stands for a service of a scenario: told by the kinds of requests that it serves, as its name is the author's affair.
import { join } from 'node:path';
import type { Vocabulary } from '../../../core/base/vocabulary.ts';
import type { HostPort } from '../../../net-real/host.ts';
import { fileStoreFolder } from '../../../net-real/machines/file-folder.ts';
import { durableLogFolder } from '../../../net-real/machines/log-folder.ts';
import type { AnyService } from '../../../sim/machines/scenario.ts';
import { durableLog } from '../../../sim/services/durable-log.ts';
import { fileStore } from '../../../sim/services/file-store.ts';
import { keyValueStore } from '../../../sim/services/key-value-store.ts';
import { leaseService } from '../../../sim/services/lease.ts';
import { sharedPort } from './channel.ts';

/** A service whose requests are all among these kinds is one of these. */
interface StandIn {
  readonly kinds: readonly string[];
  /** Opens it in the process of a node; null: the command serves it for all nodes. */
  readonly open: ((folder: string, log: (line: string) => void) => unknown) | null;
}

const standIns: readonly StandIn[] = [
  { kinds: durableLog().serves, open: (folder, log) => durableLogFolder({ folder: join(folder, 'logs'), log }) },
  { kinds: fileStore().serves, open: (folder) => fileStoreFolder({ folder: join(folder, 'files') }) },
  { kinds: keyValueStore().serves, open: null },
  { kinds: leaseService().serves, open: null },
];

function standInOf({ serves }: AnyService): StandIn | undefined {
  return standIns.find(({ kinds }) => (serves as readonly string[]).every((kind) => kinds.includes(kind)));
}

/** A sentence about the first service that real processes have no port for; or null. */
export function portMistake(services: readonly AnyService[]): string | null {
  const missing = services.find((service) => standInOf(service) === undefined);
  if (missing === undefined) return null;
  return `service "${missing.name}" is simulated, and real processes have no port for it: they have durableLog, fileStore, keyValueStore and leaseService`;
}

/** Those that the command serves. */
export function sharedServices(services: readonly AnyService[]): readonly AnyService[] {
  return services.filter((service) => standInOf(service)?.open === null);
}

/** @param folder of the node; it outlives the process. */
export function openPorts(
  services: readonly AnyService[],
  folder: string,
  log: (line: string) => void,
): HostPort<Vocabulary>[] {
  const own = services.flatMap((service) => standInOf(service)?.open?.(folder, log) ?? []);
  const shared = sharedServices(services).flatMap(({ serves }) => serves as readonly string[]);
  return [...(own as HostPort<Vocabulary>[]), ...(shared.length === 0 ? [] : [sharedPort(shared)])];
}
