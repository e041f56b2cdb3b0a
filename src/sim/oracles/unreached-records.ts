// Which records of leaders that cannot be reached may be left in the HA service: their writer knows nothing of them, or is gone. The next leader deletes them.
import { UNREACHED_PREFIX } from '../../core/protocol/ha-keys.ts';
import type { WorldView } from '../observation.ts';
import type { Caller } from '../service.ts';
import type { Applied } from './seen.ts';

/** The latest write of a record, by whom it was sent. */
export interface RecordWrite extends Caller {
  readonly key: string;
  /** It landed behind a write that was sent after it. */
  readonly isLate: boolean;
}

/** @param before writes so far, one of each key */
export function withRecordWrite(before: readonly RecordWrite[], key: string, seen: Applied): readonly RecordWrite[] {
  if (!key.startsWith(UNREACHED_PREFIX)) return before;
  const { node, incarnation, id: request } = seen;
  const known = before.find((one) => one.key === key);
  const isSameWriter = known?.node === node && known.incarnation === incarnation;
  const isLate = isSameWriter && known.request > request;
  const write = { key, node, incarnation, request: isLate ? known.request : request, isLate };
  return [...before.filter((one) => one.key !== key), write];
}

/** Keys of records that nobody who writes such records can know of. */
export function unknownRecords(writes: readonly RecordWrite[], view: WorldView): readonly string[] {
  return writes.flatMap(({ key, node: writer, incarnation, isLate }) => {
    const node = view.node(writer);
    return isLate || node?.status !== 'running' || node.incarnation !== incarnation ? [key] : [];
  });
}
