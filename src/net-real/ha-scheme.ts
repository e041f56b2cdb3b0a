// What each kind of HA service is to those who need one.
import type { Result } from '../core/base/value.ts';
import type { HaEntry } from '../core/protocol/ports.ts';
import type { KeyWrite } from './ha-map.ts';
import type { Port } from './port.ts';

/** The HA service of one cluster. */
export interface HaService {
  /**
   * The name of its cluster, drawn by whoever asks first. Rejects with a sentence if it cannot be read, or is of no cluster.
   *
   * @param work the folder of the process that asks
   */
  clusterId(work: string): Promise<string>;
  /**
   * `ha-read`, `ha-write`, `ha-watch`, `ha-renew`, `ha-lease` of `core/protocol/ports.ts`; `test/conformance/ha.test.ts` is its contract.
   *
   * @param tell hears what an operator must act on, in sentences
   */
  open(tell?: (sentence: string) => void): Port;
  /**
   * All that machines ever wrote, in its order, for whoever judges a cluster that has ended. It changes nothing that machines see. Rejects with a sentence
   * where it is not whole.
   */
  history(): Promise<readonly KeyWrite[]>;
  /** How well it is, for whoever looks after it. It changes nothing, and never rejects. */
  inspect(): Promise<HaInspection>;
}

export interface HaInspection {
  /** At least one. */
  readonly conditions: readonly HaCondition[];
  /** `entry` null: nobody ever led. Null: no process of the cluster has run yet, or it cannot be read. */
  readonly leader: { readonly entry: HaEntry | null } | null;
}

/** Something of it, as a doctor has it: `fail` where no cluster can run. */
export interface HaCondition {
  readonly status: 'ok' | 'warn' | 'fail';
  readonly says: string;
  /** What to do; null: nothing. */
  readonly advice: string | null;
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
