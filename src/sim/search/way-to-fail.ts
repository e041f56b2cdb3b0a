// When do two runs fail in the same way? When their sentences say the same of other numbers, other nodes, other records.

/** A sentence without what differs between two runs that fail in the same way. */
export function wayToFail(sentence: string): string {
  return sentence
    .replaceAll(/[{[].*[}\]]/g, '…') // records as JSON
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '…')
    .replaceAll(/\s*\([^)]*\)/g, '') // how many more there are
    .replaceAll(/\b(?:once|twice|\d+ times)\b/g, 'so often')
    .replaceAll(/\d+(?:\.\d+)?/g, 'n');
}
