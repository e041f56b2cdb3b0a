// Texts of data as the page has room for them.

const TEXT_CHARACTERS_MAX = 2_000; // a list of a thousand files tells nobody more

export function shorten(text: string): string {
  if (text.length <= TEXT_CHARACTERS_MAX) return text;
  return `${text.slice(0, TEXT_CHARACTERS_MAX)} … (${text.length} characters)`;
}

const WORDS = 2;

/** What stands on an arrow: `acknowledge-checkpoint 3`. */
export function shortName(text: string): string {
  return text.split(' ', WORDS).join(' ');
}
