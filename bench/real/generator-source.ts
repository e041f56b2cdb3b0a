// A source port without a disk: records follow from their positions. It goes on until it is told to end.
import type { Value } from '../../src/core/base/value.ts';
import type { RecordColumn } from '../../src/core/columns/column.ts';
import type { PortAnswer, PortRequest } from '../../src/core/protocol/ports.ts';
import type { Port } from '../../src/net-real/port.ts';

export interface GeneratorSource extends Port {
  /** No read is answered with records any more. */
  end(): void;
  /** Whether reads find nothing for the time being. */
  pause(isPaused: boolean): void;
  /** Records that were read of each split. */
  readonly positions: ReadonlyMap<number, number>;
}

/**
 * @param recordsFrom the records of a split from a position on
 * @param recordsPerSplit behind which a split ends by itself; 0: it does not
 */
export function generatorSource(
  recordsFrom: (split: number, position: number, count: number) => Value[] | RecordColumn,
  recordsPerSplit = 0,
): GeneratorSource {
  const positions = new Map<number, number>();
  const lastPosition = recordsPerSplit === 0 ? Number.POSITIVE_INFINITY : recordsPerSplit;
  let isOver = false;
  let isPaused = false;
  return {
    serves: ['source-read'],
    positions,
    end() {
      isOver = true;
    },
    pause(given) {
      isPaused = given;
    },
    async request(request: PortRequest): Promise<PortAnswer> {
      const { split, position, maxRecords } = request as Extract<PortRequest, { kind: 'source-read' }>;
      const count = isOver || isPaused ? 0 : Math.min(maxRecords, lastPosition - position);
      const records = count === 0 ? [] : recordsFrom(split, position, count);
      positions.set(split, position + count);
      const end = isOver || position + count === lastPosition;
      return 'kind' in records
        ? { kind: 'record-column', position, column: records, end, mark: '' }
        : { kind: 'records', position, values: records, end, mark: '' };
    },
    async close() {},
  };
}
