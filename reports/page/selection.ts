// What can be clicked: an item of one of the model's lists.
export type ItemKind =
  | 'step'
  | 'message'
  | 'call'
  | 'fault'
  | 'checkpoint'
  | 'life'
  | 'reign'
  | 'outage'
  | 'task'
  | 'job'
  | 'violation'
  | 'break';

export interface Item {
  readonly kind: ItemKind;
  readonly index: number;
}

export function isSame(one: Item | null, other: Item | null): boolean {
  return one?.kind === other?.kind && one?.index === other?.index;
}
