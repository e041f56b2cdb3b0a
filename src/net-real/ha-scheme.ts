// What each kind of HA service is to those who need one.
import type { Result } from '../core/base/value.ts';
import type { Port } from './port.ts';

/** The HA service of one cluster. */
export interface HaService {
  /**
   * The name of its cluster, drawn by whoever asks first. Rejects with a sentence if it cannot be read, or is of no cluster.
   *
   * @param work the folder of the process that asks
   */
  clusterId(work: string): Promise<string>;
  /** `ha-read`, `ha-write`, `ha-watch`, `ha-renew`, `ha-lease` of `core/protocol/ports.ts`; `test/conformance/ha.test.ts` is its contract. */
  open(): Port;
}

export interface HaScheme {
  /** As its help says it. */
  readonly form: string;
  /**
   * Its one form, or what is wrong with it.
   *
   * @param rest what stands behind the colon
   * @param pathOf makes a path absolute
   */
  read(rest: string, pathOf: (path: string) => string): Result<string>;
  /** @param place as `read` returned it */
  load(place: string): Promise<HaService>;
}
