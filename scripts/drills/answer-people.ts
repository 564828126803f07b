// Plays the people of a drill: reads what a run waits for, and types the command that status names, as somebody with the role.
import { setTimeout as wait } from 'node:timers/promises';
import { drillmaster, type Place } from './program.ts';

const PEOPLE = ['Dana', 'Sam', 'Ola', 'Kim', 'Lee'] as const;
const POLL_MS = 500;
/** A command is taken within a second; one that changed nothing after this is given again, by the next person. */
const TAKEN_MS = 5000;

/** `waits for 2 of 3 answers of dr-lead or ops: drillmaster answer RUN STEP --as NAME --result done`. */
const WAIT = /^waits for (.*?): drillmaster (approve|declare|answer) (\S+)(?: ([a-z0-9-]+))? --as/;
const ROLES = / of ([a-z0-9-]+(?: or [a-z0-9-]+)*)$/;

/** Answers everything that the newest run, or a child of it, waits for, until it is told to stop. Resolves with how often it answered. */
export async function answerPeople(place: Place, signal: AbortSignal): Promise<number> {
  const asked = new Map<string, number>();
  const turns = new Map<string, number>();
  let answers = 0;
  while (!signal.aborted) {
    for (const text of await waitsOf(place)) {
      if (Date.now() - (asked.get(text) ?? 0) < TAKEN_MS) continue;
      const args = commandOf(text, turns);
      if (args === undefined) continue;
      asked.set(text, Date.now());
      answers += 1;
      await drillmaster(place, ...args);
    }
    await wait(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return answers;
}

async function waitsOf(place: Place): Promise<readonly string[]> {
  const { status, stdout } = await drillmaster(place, 'status', '--json');
  return status === 0 ? (JSON.parse(stdout) as { waitsFor: string[] }).waitsFor : [];
}

/** Nobody approves twice, so that everybody has a turn; each has the role of the turn. */
function commandOf(text: string, turns: Map<string, number>): readonly string[] | undefined {
  const [, what = '', command = '', run = '', step] = WAIT.exec(text) ?? [];
  if (command === '') return undefined;
  const turn = turns.get(`${command} ${run}`) ?? 0;
  turns.set(`${command} ${run}`, turn + 1);
  const roles = ROLES.exec(what)?.[1]?.split(' or ') ?? [];
  const as = PEOPLE[turn % PEOPLE.length] ?? PEOPLE[0];
  const role = roles.length === 0 ? [] : ['--role', roles[turn % roles.length] ?? ''];
  const words = {
    approve: ['--note', 'as agreed'],
    declare: ['--reason', 'customers cannot order'],
    answer: ['--result', 'done'],
  }[command as 'approve' | 'declare' | 'answer'];
  return [command, run, ...(step === undefined ? [] : [step]), '--as', as, ...role, ...words];
}
