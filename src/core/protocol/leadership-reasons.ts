// Texts of the reasons for which a leader leads no more.
import { unreachable } from '../base/assert.ts';
import { describePurpose } from './purposes.ts';
import type { AnswerReason, LeadershipReason } from './reasons.ts';

/** @param describeAnswer the one text form of reasons, which is made of this one too */
export function describeLeadershipReason(
  reason: LeadershipReason,
  describeAnswer: (answer: AnswerReason) => string,
): string {
  switch (reason.kind) {
    case 'lease-ran-out':
      return 'its lease ran out without a renewal';
    case 'write-fenced':
      return `${describePurpose(reason.purpose)} was refused, the epoch is ${reason.epoch}`;
    case 'leader-key-changed':
      return 'the leader key names another epoch';
    case 'isolated':
      return `no TaskManager answers, and ${reason.taskManagers.join(', ')} cannot reach it`;
    case 'process-stops':
      return `its process ends in good order: ${reason.why}`;
    case 'renewal-refused':
      return `its renewal was answered with ${describeAnswer(reason.reason)}`;
    case 'peer-follows':
      return `${reason.peer} follows epoch ${reason.epoch}`;
    default:
      return unreachable(reason);
  }
}
