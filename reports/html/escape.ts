// Text on its way into markup, and scripts on their way into a script element.

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
