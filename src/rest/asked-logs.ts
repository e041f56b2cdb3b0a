// Logs of a process whose files do not lie here: the process itself is asked for them.
import type { Address } from '../core/base/vocabulary.ts';
import { ANSWER_MS, type Questions } from '../net-real/questions/desk.ts';
import type { AnswerTo, Question } from '../net-real/questions/words.ts';
import type { Logs } from './gateway.ts';
import { unavailable } from './rest-error.ts';

/** Rejects with 503 if the process does not answer, and so does `read`. */
export async function askedLogs(questions: Questions, address: Address): Promise<Logs> {
  const { process, files } = await answerOf(questions, address, { kind: 'logs' });
  return {
    process,
    list: async () => files,
    read: async (name, lines) => (await answerOf(questions, address, { kind: 'log', name, lines })).text,
  };
}

async function answerOf<Q extends Question>(questions: Questions, address: Address, question: Q): Promise<AnswerTo<Q>> {
  const answer = await questions.ask(address, question);
  if (answer !== null) return answer;
  throw unavailable(
    `The process at ${address}, where these logs lie, gave no answer within ${ANSWER_MS / 1_000} s: ask again.`,
  );
}
