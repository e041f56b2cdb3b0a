// A source port without a disk: records follow from their positions. It goes on until it is told to end.
import type { Value } from '../../src/core/base/value.ts';
import type { PortAnswer, PortRequest } from '../../src/core/protocol/ports.ts';
import type { Port } from '../../src/net-real/port.ts';
import { numbersFrom } from './job.ts';

export interface GeneratorSource extends Port {
  /** No read is answered with records any more. */
  end(): void;
  /** Records that were read of each split. */
  readonly positions: ReadonlyMap<number, number>;
}

export function generatorSource(keys: number): GeneratorSource {
  const positions = new Map<number, number>();
  let isOver = false;
  return {
    serves: ['source-read'],
    positions,
    end() {
      isOver = true;
    },
    async request(request: PortRequest): Promise<PortAnswer> {
      const { split, position, maxRecords } = request as Extract<PortRequest, { kind: 'source-read' }>;
      const values: readonly Value[] = isOver
        ? []
        : (numbersFrom(split, position, maxRecords, keys) as unknown as Value[]);
      positions.set(split, position + values.length);
      return { kind: 'records', position, values, end: isOver, mark: '' };
    },
    async close() {},
  };
}
