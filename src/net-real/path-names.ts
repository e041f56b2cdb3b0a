// Names that come from machines, as paths below a folder. What is not plainly a path inside of it is refused with a sentence.

/** What is wrong with a name of segments between slashes, or null. Names that begin with a dot are the store's own. */
export function mistakeInName(name: string): string | null {
  if (!name.isWellFormed()) return `the name ${JSON.stringify(name)} cannot be written as UTF-8`;
  for (const segment of name.split('/')) {
    if (segment === '') return `the name ${JSON.stringify(name)} has an empty part`;
    if (segment.startsWith('.')) return `the name ${JSON.stringify(name)} has a part that begins with a dot`;
    if (segment.includes('\0') || segment.includes('\\'))
      return `the name ${JSON.stringify(name)} holds a character that no file name may have`;
  }
  return null;
}

/** The same for a name that is one segment. */
export function mistakeInSegment(name: string): string | null {
  return name.includes('/') ? `the name ${JSON.stringify(name)} holds a slash` : mistakeInName(name);
}
