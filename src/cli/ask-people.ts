// The questions of a run to the person at its terminal. Others may answer the same questions from theirs.
import { ANSWERS } from '../model/answer.ts';
import type { EventOf } from '../model/events.ts';
import { planDigest } from '../plan/digest.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import type { PageAnswer } from '../runtime/options.ts';
import type { Ask } from './ask.ts';
import type { Approval } from './people.ts';
import { approvalSubject } from './people-text.ts';

export interface PeopleHere {
  readonly approve: (signal: AbortSignal) => Promise<Approval>;
  readonly declare: (reason: string, signal: AbortSignal) => Promise<EventOf<'declaration.made'>>;
  readonly answer: (step: PlannedStep, item: number, signal: AbortSignal) => Promise<PageAnswer>;
}

/** `say` writes lines for people. */
export function peopleHere(plan: Plan, ask: Ask, say: (text: string) => void): PeopleHere {
  return {
    approve: (signal) => askApproval(plan, ask, say, signal),
    declare: async (reason, signal) => {
      say(`The disruption was seen: ${reason}`);
      const person = await askPerson(plan.declaration.roles, ask, signal);
      const why = await askText('Declare recovery, because: ', ask, signal);
      return { type: 'declaration.made', ...person, automatic: false, reason: why };
    },
    answer: (step, item, signal) => askAnswer({ step, item }, ask, say, signal),
  };
}

const DECLINE = 'decline';

async function askApproval(plan: Plan, ask: Ask, say: (text: string) => void, signal: AbortSignal): Promise<Approval> {
  const digest = planDigest(plan);
  say(approvalSubject(plan, digest));
  const person = await askPerson(plan.approvals.roles, ask, signal);
  const decided = {
    type: 'approval.decided',
    ...person,
    verified: false,
    automatic: false,
    planDigest: digest,
  } as const;
  for (;;) {
    const answer = await ask(`Type ${plan.drill} to approve, or ${DECLINE}: `, signal);
    if (answer === plan.drill) return { ...decided, decision: 'approved' };
    if (answer === DECLINE) return { ...decided, decision: 'declined', note: await askText('Why: ', ask, signal) };
  }
}

async function askAnswer(
  { step: { id, page }, item }: { readonly step: PlannedStep; readonly item: number },
  ask: Ask,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<PageAnswer> {
  const { title = '', boxes = [] } = page?.items[item - 1] ?? {};
  say(
    [
      `${id}, ${page?.file} step ${item} of ${page?.items.length}: ${title}`,
      ...boxes.map((box) => `  [ ] ${box}`),
    ].join('\n'),
  );
  const person = await askPerson(page?.roles ?? [], ask, signal);
  for (;;) {
    const word = await ask('done, failed or skipped: ', signal);
    const result = ANSWERS.find((known) => known === word);
    if (result === undefined) continue;
    const note = result === 'done' ? await ask('Note: ', signal) : await askText('Why: ', ask, signal);
    return { ...person, result, note };
  }
}

async function askPerson(roles: readonly string[], ask: Ask, signal: AbortSignal) {
  const as = await askText('Your name: ', ask, signal);
  const only = roles.length === 1 ? roles[0] : undefined;
  if (roles.length === 0) return { as, role: 'none' };
  const role = await ask(`Your role (${roles.join(', ')})${only === undefined ? '' : `, default ${only}`}: `, signal);
  return { as, role: role === '' ? (only ?? '') : role };
}

/** Asks again until there is an answer. */
async function askText(question: string, ask: Ask, signal: AbortSignal): Promise<string> {
  for (;;) {
    const answer = await ask(question, signal);
    if (answer !== '') return answer;
  }
}
