// The live page of a cluster: asks the JobManager each second, and shows the part that the address names.
import { byId, make } from '../page/dom.ts';
import { createTheme } from '../page/theme.ts';
import { keepToken, Refused, takeToken } from './api.ts';
import { isTab, jobView } from './job.ts';
import { logsView } from './logs.ts';
import { overviewView, taskManagersView } from './overview.ts';
import { patchChildren } from './patch.ts';
import { forgetSentence } from './told.ts';

const ASK_MS = 1_000;

/** Of `#/jobs/ID/checkpoints/3`, `#/logs/127.0.0.1:7001/warn`. */
function viewOf(hash: string): Promise<readonly Node[]> {
  const [place = '', id = '', tab = 'graph', checkpoint = ''] = hash.replace(/^#\/?/, '').split('/');
  if (place === 'taskmanagers') return taskManagersView();
  if (place === 'logs') return logsView(decodeURIComponent(id), tab);
  if (place === 'jobs' && id !== '')
    return jobView(decodeURIComponent(id), isTab(tab) ? tab : 'graph', checkpoint === '' ? null : Number(checkpoint));
  return overviewView();
}

let asked = 0;
/** Of what is in sight; null: nothing is. */
let shown: string | null = null;

async function show(): Promise<void> {
  const { hash } = location;
  const number = ++asked;
  try {
    const nodes = await viewOf(hash);
    if (number !== asked || hash !== location.hash) return; // somebody went elsewhere meanwhile
    patchChildren(byId('view'), make('div', '', ...nodes));
    shown = hash;
    tellTrouble('');
  } catch (error) {
    if (number !== asked || hash !== location.hash) return;
    if (shown !== hash || statusOf(error) === 404) {
      byId('view').replaceChildren(); // what is there is of another place, or of nothing any more
      shown = null;
    }
    tellTrouble(error instanceof Error ? error.message : String(error), statusOf(error) === 401);
  }
}

function statusOf(error: unknown): number | null {
  return error instanceof Refused ? error.status : null;
}

/** What was shown last of this place stays, and is told to be old. @param wantsToken as reading does, where the address is not of this host alone */
function tellTrouble(sentence: string, wantsToken = false): void {
  const trouble = byId('trouble');
  const text = byId('trouble-text');
  if (text.textContent !== sentence) text.textContent = sentence;
  trouble.hidden = sentence === '';
  byId('token-form').hidden = !wantsToken;
  byId('view').classList.toggle('old', sentence !== '');
}

function markPlace(): void {
  const anchors = [...document.querySelectorAll<HTMLAnchorElement>('header nav a')];
  const here = anchors.findLast(({ hash }) => location.hash.startsWith(hash)); // the first is of all that no other one has
  for (const anchor of anchors) {
    const isHere = anchor === (here ?? anchors[0]);
    if (isHere) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
}

async function goOn(): Promise<void> {
  if (!document.hidden) await show();
  setTimeout(() => void goOn(), ASK_MS);
}

byId('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const field = byId('token') as HTMLInputElement;
  keepToken(field.value);
  field.value = '';
  void show();
});
takeToken();
createTheme(() => {});
addEventListener('hashchange', () => {
  markPlace();
  forgetSentence();
  void show();
});
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void show();
});
markPlace();
void goOn();
