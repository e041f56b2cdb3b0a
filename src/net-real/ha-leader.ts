// The leader key of an HA service, for whoever looks at it from outside.
import type { Result } from '../core/base/value.ts';
import { describeReason } from '../core/protocol/describe-reason.ts';
import { LEADER_KEY } from '../core/protocol/ha-keys.ts';
import type { HaEntry } from '../core/protocol/ports.ts';
import type { Port } from './port.ts';

/** Null: nobody ever led. Closes the port. */
export async function leaderIn(service: Port): Promise<Result<HaEntry | null>> {
  const answer = await service.request({ kind: 'ha-read', prefix: LEADER_KEY });
  await service.close();
  if (answer.kind === 'ha-entries')
    return { ok: true, value: answer.entries.find(({ key }) => key === LEADER_KEY) ?? null };
  return {
    ok: false,
    reason: answer.kind === 'failed' ? describeReason(answer.reason) : `it answered ${answer.kind}`,
  };
}
