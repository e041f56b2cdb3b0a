// What the page tells of what somebody asked for. A sentence goes when its reader goes elsewhere; what is followed stays until it is closed.
import { byId, make, makeButton } from '../page/dom.ts';

const PASSING = 'passing';

/** Takes the place of the sentence before. */
export function tell(sentence: string): void {
  forgetSentence();
  byId('told').append(make('p', PASSING, sentence));
}

export function forgetSentence(): void {
  for (const line of byId('told').querySelectorAll(`.${PASSING}`)) line.remove();
}

/** A line that stays until its reader closes it. */
export interface KeptLine {
  /** @param copied is shown behind the sentence, to be copied */
  tell(sentence: string, copied?: string): void;
  fail(sentence: string): void;
  isClosed(): boolean;
}

export function keepLine(): KeptLine {
  const line = make('p', '');
  const show = (...content: readonly (Node | string)[]): void =>
    line.replaceChildren(
      ...content,
      ' ',
      makeButton('', 'Close', () => line.remove()),
    );
  byId('told').append(line);
  return {
    tell: (sentence, copied) => (copied === undefined ? show(sentence) : show(sentence, ' ', ...copyable(copied))),
    fail: (sentence) => show(make('span', 'reason', sentence)),
    isClosed: () => !line.isConnected,
  };
}

/** A click selects all of it; the button copies it, where the browser lets a page do so (on loopback, and over TLS). */
export function copyable(text: string): readonly Node[] {
  const shown = make('code', 'copied', text);
  const button = makeButton('', 'Copy', () => {
    getSelection()?.selectAllChildren(shown);
    void copy(text).then((isCopied) => (button.textContent = isCopied ? 'Copied' : 'Selected'));
  });
  return [shown, document.createTextNode(' '), button];
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no clipboard, or it is not allowed
  }
}
