// What the run waits for people with, in the live view.
import { formatDuration } from '../../model/duration.ts';
import type { Plan } from '../../plan/plan.ts';
import { approvalWait, declarationWait } from '../people-text.ts';
import type { Progress } from './progress.ts';

/** The name stands above, and would not fit into the line of a command. */
const RUN = 'RUN';

export function peopleLines(plan: Plan, progress: Progress, now: number): readonly string[] {
  const { phase, paused, unattended, seen, approved = [], refused } = progress;
  const asksApproval = phase === 'approval' && unattended !== true;
  const asksDeclaration = phase === 'declaration' && seen !== undefined;
  return [
    ...(asksApproval ? pair(approvalWait(plan, RUN)) : []),
    ...(asksApproval && approved.length > 0 ? [`  approved by ${approved.join(', ')}`] : []),
    ...(asksDeclaration ? [`  seen: ${seen}`, ...pair(declarationWait(plan, RUN))] : []),
    ...(paused === undefined ? [] : pausedLines(paused, now)),
    ...(refused === undefined ? [] : [`  ${refused}`]),
  ];
}

const pausedLines = ({ as, reason, since }: NonNullable<Progress['paused']>, now: number) => [
  `  PAUSED by ${as} for ${formatDuration(now - since)}: ${reason}`,
  `    drillmaster resume ${RUN}`,
];

/** The wait and its command on a line each: together they are wider than the view. */
function pair(text: string): readonly string[] {
  const [wait = '', command = ''] = text.split(': ');
  return [`  ${wait}`, `    ${command}`];
}
