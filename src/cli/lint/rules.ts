// The rules by name: what each is about, and what to use instead. Pure data; README.md says why.

export interface RuleText {
  /** What breaks. */
  readonly because: string;
  readonly instead: string;
}

export const rules = {
  clock: {
    because: 'reads a clock, which shows another time when the step is made again',
    instead: 'take the time from the record, context.timestamp, context.watermark or input.now',
  },
  chance: {
    because: 'is chance that no seed decides',
    instead: 'derive it from the record, use out.pick in a machine, or pick in input',
  },
  timers: {
    because: 'runs code after the step, when nobody waits for it',
    instead: 'register a timer with the context, or keep a deadline in the state',
  },
  async: {
    because: 'waits, and a step ends before anything that it waits for',
    instead: 'compute it in the step, or request it through a port',
  },
  io: {
    because: 'reaches outside of the job, where a restart cannot take it back',
    instead: 'read through a source and write through a sink or a port',
  },
  environment: {
    because: 'depends on the process or machine that runs the step',
    instead: 'hand it in as parameters of the job or options of the scenario',
  },
  locale: {
    because: 'depends on the language or time zone of the machine',
    instead: 'compare with < and >, use toUpperCase, the UTC methods of Date, or name locale and time zone',
  },
  order: {
    because: 'gives an order that does not follow from the values',
    instead: 'name a comparator, or go through Object.keys or an array',
  },
  identity: {
    because: 'goes by the identity of objects, which does not survive a restart or the network',
    instead: 'use a string or a number of the record as key',
  },
  mathematics: {
    because: 'may differ in the last digit between engines and their versions',
    instead: 'use +, -, *, / and Math.sqrt, or whole numbers',
  },
  'module-state': {
    because: 'keeps state in a module, which no checkpoint holds and every subtask in the process shares',
    instead: 'keep it in context.state or in the state of the machine',
  },
  'closure-state': {
    because: 'keeps state in a closure, which no checkpoint holds',
    instead: 'keep it in context.state or in the state of the machine',
  },
  mutation: {
    because: 'changes data that others share',
    instead: 'make a changed copy: { ...value }, [...list], toSorted',
  },
  'outside-state': {
    because: 'keeps state in an object or a class outside of all handles, which no checkpoint holds',
    instead: 'keep it in context.state or in the state of the machine',
  },
} as const satisfies Readonly<Record<string, RuleText>>;

export type Rule = keyof typeof rules;

/** `suppression`: a comment that suppresses nothing, or gives no reason. */
export type FindingRule = Rule | 'suppression';

export const ruleNames: readonly string[] = Object.keys(rules);

export function isRule(name: string): name is Rule {
  return Object.hasOwn(rules, name);
}

/** One sentence: what was found, why it breaks, and what to use instead. */
export function describeRule(rule: Rule, what: string): string {
  const { because, instead } = rules[rule];
  return `${what} ${because}; ${instead}`;
}
