// Who asks and who approves at a terminal. Identities are typed, so they are recorded as not verified.
import { userInfo } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { UsageError } from '../model/errors.ts';
import type { EventOf } from '../model/events.ts';
import type { Plan } from '../plan/plan.ts';
import type { Terminal } from './terminal.ts';

export type Approval = EventOf<'approval.decided'>;

export const whoAsks = (): string => {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
};

/** `--yes` on a twin: nobody was asked, and the record says so. */
export const automaticApproval = (plan: Plan): Approval => ({
  type: 'approval.decided',
  decision: 'approved',
  as: 'automatic',
  role: plan.approvals.roles[0] ?? 'none',
  verified: false,
  automatic: true,
  note: 'unattended run on a twin (--yes)',
});

/** Refuses before anything is started when a needed approval could never be given. */
export function requireApprover(plan: Plan, yes: boolean, terminal: Terminal): void {
  if (yes && plan.environment.kind !== 'twin')
    throw new UsageError(
      'refused',
      `--yes stands for people on twins only; ${plan.environment.name} is ${plan.environment.kind}`,
    );
  if (yes || plan.approvals.required === 0) return;
  if (plan.approvals.required > 1)
    throw new UsageError(
      'missing-part',
      `the drill needs ${plan.approvals.required} approvals; one terminal can give one. On a twin use --yes`,
    );
  if (!terminal.interactive)
    throw new UsageError('refused', 'the drill needs an approval: run it at a terminal, or with --yes on a twin');
}

/** Asks the person at the terminal, who must type the drill's name. */
export async function askApproval(
  plan: Plan,
  planDigest: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Approval> {
  const role = plan.approvals.roles[0] ?? 'none';
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    terminal.err(`Plan ${planDigest}\nmay write to:\n${plan.scope.map((id) => `  ${id}`).join('\n')}`);
    for (const { path, sha256 } of plan.programs ?? []) terminal.err(`may run:\n  ${path}\n  sha256 ${sha256}`);
    const answer = await prompt.question(`Approve as ${role}: type ${plan.drill}, or anything else to decline: `, {
      signal,
    });
    const decision = answer.trim() === plan.drill ? 'approved' : 'declined';
    return { type: 'approval.decided', decision, as: whoAsks(), role, verified: false, automatic: false };
  } finally {
    prompt.close();
  }
}
