// Where the page of a local cluster is: at the REST of one of its JobManagers.
import { readRestToken } from '../../net-real/cluster-folder.ts';
import type { LocalCluster } from './plan.ts';
import type { Supervisor } from './supervisor.ts';

/**
 * Null: none of them answers REST. With `isForPerson` it holds the token, as whoever started the cluster may change it; what is written to a file or a pipe
 * should not.
 */
export function pageAddress(
  { folder, restOpen, restTokenFile }: LocalCluster,
  supervisor: Supervisor,
  isForPerson: boolean,
): string | null {
  const [rest] = [...supervisor.greetings().values()].flatMap((greeting) => greeting.rest ?? []);
  if (rest === undefined) return null;
  const isOfFolder = !restOpen && restTokenFile === null;
  const token = isForPerson && isOfFolder ? readRestToken(folder) : null;
  return `${rest}/${token === null ? '' : `#token=${token}`}`;
}
