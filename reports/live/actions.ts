// What can be done to a job, each behind a question.
import { byId, make, makeButton } from '../page/dom.ts';
import type { Job, Vertex } from './answers.ts';
import { change, hasToken, keepToken, Refused } from './api.ts';
import { follow } from './follow.ts';
import { tell } from './told.ts';

const ENDED = ['FINISHED', 'FAILED', 'CANCELED'];

export function actionsOf(job: Job): HTMLElement {
  if (ENDED.includes(job.state)) return make('div', 'actions');
  const shown = job.vertices.map(({ parallelism }) => parallelism).join(' ');
  const button = (text: string, question: Question): HTMLElement => {
    const made = makeButton('', text, () => put(question));
    made.dataset['key'] = `${job.jid} ${text} ${shown}`; // another one where its question would be another
    return made;
  };
  return make(
    'div',
    'actions',
    button('Savepoint', savepoint(job)),
    button('Stop with savepoint', stop(job)),
    button('Rescale', rescale(job)),
    button('Cancel', cancel(job)),
  );
}

interface Question {
  readonly title: string;
  readonly text: string;
  readonly fields?: readonly HTMLElement[];
  readonly yes: string;
  /** Returns what was done, as a sentence; null: it tells that itself. */
  readonly act: (form: FormData) => Promise<string | null>;
}

const pathOf = ({ jid }: Job, rest = ''): string => `/jobs/${encodeURIComponent(jid)}${rest}`;

/** The id of what was begun. */
async function begin(job: Job, what: 'savepoints' | 'stop', body: unknown): Promise<string> {
  const begun = await change<{ readonly 'request-id': string }>('POST', pathOf(job, `/${what}`), body);
  return begun['request-id'];
}

const statusPathOf = (job: Job, id: string): string => pathOf(job, `/savepoints/${encodeURIComponent(id)}`);

function savepoint(job: Job): Question {
  return {
    title: `Take a savepoint of ${job.name}?`,
    text: 'The job runs on. A job can be started from the savepoint, also with another parallelism.',
    yes: 'Take savepoint',
    act: async () => {
      const id = await begin(job, 'savepoints', {});
      void follow({
        path: statusPathOf(job, id),
        going: `Savepoint ${id} of ${job.name} is being taken.`,
        done: `Savepoint of ${job.name}:`,
        failed: `Savepoint ${id} of ${job.name} failed.`,
        again: () => begin(job, 'savepoints', { triggerId: id }),
      });
      return null;
    },
  };
}

function stop(job: Job): Question {
  const box = make('input', '');
  Object.assign(box, { type: 'checkbox', name: 'drain' });
  return {
    title: `Stop ${job.name} with a savepoint?`,
    text: 'It ends with the savepoint: what it covers is committed, and nothing behind it.',
    fields: [make('label', '', box, 'drain: all windows fire first, and the job cannot go on from there')],
    yes: 'Stop',
    act: async (form) => {
      const drain = form.get('drain') !== null;
      const id = await begin(job, 'stop', { drain });
      void follow({
        path: statusPathOf(job, id),
        going: `${job.name} stops with savepoint ${id}.`,
        done: `${job.name} is stopped, with savepoint`,
        failed: `The stop of ${job.name} failed.`,
        again: () => begin(job, 'stop', { drain, triggerId: id }),
      });
      return null;
    },
  };
}

function cancel(job: Job): Question {
  return {
    title: `Cancel ${job.name}?`,
    text: 'It ends at once, with the output of its latest completed checkpoint. No savepoint is taken.',
    yes: 'Cancel the job',
    act: async () => {
      await change('PATCH', pathOf(job, '?mode=cancel'));
      return 'The job is being cancelled.';
    },
  };
}

function rescale(job: Job): Question {
  return {
    title: `Rescale ${job.name}?`,
    text: 'It restarts from its latest checkpoint with these numbers of subtasks.',
    fields: job.vertices.map((vertex) => parallelismField(vertex, job.maxParallelism)),
    yes: 'Rescale',
    act: async (form) => {
      const wanted = job.vertices.flatMap((vertex) => {
        const number = Number(form.get(vertex.id));
        return number === vertex.parallelism ? [] : operatorsOf(vertex).map((operator) => [operator, number] as const);
      });
      if (wanted.length === 0) return 'Nothing was changed.';
      await change('PATCH', pathOf(job, '/rescaling'), { parallelism: Object.fromEntries(wanted) });
      return 'The job is being rescaled.';
    },
  };
}

function operatorsOf({ name }: Vertex): readonly string[] {
  return name.split(' -> ');
}

function parallelismField({ id, name, parallelism }: Vertex, max: number): HTMLElement {
  const input = make('input', '');
  Object.assign(input, {
    type: 'number',
    name: id,
    min: '1',
    max: String(max),
    value: String(parallelism),
    required: true,
  });
  return make('label', '', input, name);
}

// ---- The dialog

function put({ title, text, fields = [], yes, act }: Question): void {
  const dialog = byId('question') as HTMLDialogElement;
  const error = make('p', 'reason');
  error.setAttribute('role', 'alert');
  const token = hasToken() ? [] : [tokenField()];
  const submit = make('button', 'primary', yes);
  const buttons = make(
    'div',
    'actions',
    submit,
    makeButton('', 'Back', () => dialog.close()),
  );
  const form = make('form', '', make('h2', '', title), make('p', '', text), ...fields, ...token, error, buttons);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send(form, submit);
  });
  const send = async (from: HTMLFormElement, button: HTMLButtonElement): Promise<void> => {
    const given = new FormData(from);
    const word = given.get('token');
    if (typeof word === 'string' && word !== '') keepToken(word);
    button.disabled = true;
    error.textContent = '';
    try {
      const done = await act(given);
      if (done !== null) tell(done);
      dialog.close();
    } catch (problem) {
      error.textContent = problem instanceof Error ? problem.message : String(problem);
      if (problem instanceof Refused && problem.status === 401 && from.querySelector('[name=token]') === null)
        error.before(tokenField());
    }
    button.disabled = false;
  };
  dialog.replaceChildren(form);
  dialog.showModal();
}

function tokenField(): HTMLElement {
  const input = make('input', '');
  Object.assign(input, { type: 'password', name: 'token', autocomplete: 'off' });
  return make('label', 'wide', 'token of the cluster (in the file rest-token of its folder)', input);
}
