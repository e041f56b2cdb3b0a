// Text on its way into markup, and scripts on their way into a script element; and what a policy calls them.
import { createHash } from 'node:crypto';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}

/** A script ends at the first `</script`, wherever that stands, and `<!--` changes how it is read: both are written apart. */
export function escapeScript(code: string): string {
  return code.replaceAll(/<(?=\/script|!--|script)/gi, String.raw`\x3C`);
}

/** A style element ends at `</style`. */
export function escapeStyle(css: string): string {
  return css.replaceAll(/<\/(?=style)/gi, String.raw`<\/`);
}

/** Under which a content security policy allows one script or style. */
export function sourceHash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
