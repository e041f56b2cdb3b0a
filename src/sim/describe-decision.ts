// A decision of a tape as a person reads it. The streams are those of the table in src/sim/README.md.
import type { TapeEntry } from './decisions.ts';

/**
 * What a decision that is not 0 did; null: the fault that it belongs to tells of it, or it says nothing to anybody.
 * @param drawn options of the run by name: an option's decision is no more than the distance from its plain value
 */
export function describeDecision(
  { stream, value }: TapeEntry,
  drawn: Readonly<Record<string, number>> = {},
): string | null {
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
      return `the input asked for "${rest.join('/')}", and ${value} was drawn`;
    case 'options':
      return describeOption(rest, value, drawn);
    default:
      return null;
  }
}

/** `options/<name>`, or `options/cost/<node>`: how many times as long its steps take, less one. */
function describeOption(
  [name = '', node]: readonly string[],
  value: number,
  drawn: Readonly<Record<string, number>>,
): string {
  if (name === 'cost' && node !== undefined) return `${node} was drawn to be ${value + 1} times as slow`;
  const option = drawn[name];
  return option === undefined
    ? `option ${name} was drawn, ${value} off its plain value`
    : `${name} was drawn: ${option}`;
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
