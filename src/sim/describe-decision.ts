// A decision of a tape as a person reads it. The streams are those of the table in src/sim/README.md.
import type { TapeEntry } from './decisions.ts';

/** What a decision that is not 0 did; null: the fault that it belongs to tells of it, or it says nothing to anybody. */
export function describeDecision({ stream, value }: TapeEntry): string | null {
  const [kind = '', ...rest] = stream.split('/');
  switch (kind) {
    case 'schedule':
      return `the ${value + 1}. of the events that could happen came first`;
    case 'delay':
      return describeDelay(rest, value);
    case 'store':
      return describeStoreDelay(rest, value);
    case 'notice':
      return rest.length === 3 ? describeNotice(rest, value) : null;
    case 'unknown':
      return rest.length === 3
        ? `${rest[1]} of ${rest[2]} ${value === 1 ? 'was not applied' : 'was to be applied later'}`
        : null;
    case 'chance':
      return `${rest[0]} picked ${value} for ${rest.slice(1).join('/')}`;
    case 'workload':
    case 'options':
      return `drawn: ${value} for ${rest.join('/')}`;
    default:
      return null;
  }
}

/** `delay/<from>><to>/<message kind>` */
function describeDelay([ends = '', message = '']: readonly string[], us: number): string {
  const [from, to] = ends.split('>');
  return `${message} from ${from} to ${to} took ${milliseconds(us)} longer`;
}

/** `store/<service>/<kind>/<node>/request`, `…/answer` */
function describeStoreDelay([service, kind, node, way]: readonly string[], us: number): string {
  return way === 'request'
    ? `${kind} of ${node} took ${milliseconds(us)} longer to the service ${service}`
    : `${kind} took ${milliseconds(us)} longer back to ${node}`;
}

/** `notice/<node>/<peer>/<class>`: 1 is late, 2 is never. */
function describeNotice([node, peer, streamClass]: readonly string[], value: number): string {
  return `${node} ${value === 1 ? 'heard late' : 'never heard'} that its ${streamClass} connection with ${peer} broke`;
}

function milliseconds(us: number): string {
  return `${us / 1_000} ms`;
}
