import type { Answer } from '../model/answer.ts';

/** What people ask of a run from any terminal. `planDigest` names the plan that they looked at. */
export type CommandBody =
  | { readonly type: 'abort'; readonly as: string; readonly reason: string }
  | {
      readonly type: 'approve';
      readonly as: string;
      readonly role: string;
      readonly decision: 'approved' | 'declined';
      readonly note?: string;
      readonly planDigest: string;
    }
  | {
      readonly type: 'accept';
      readonly as: string;
      readonly resource: string;
      readonly reason: string;
      /** What the person saw of that name. */
      readonly covers?: readonly string[];
    }
  | {
      readonly type: 'attest';
      readonly as: string;
      readonly role: string;
      readonly verdict: 'passed' | 'not-passed';
      readonly note: string;
    }
  | { readonly type: 'declare'; readonly as: string; readonly role?: string; readonly reason: string }
  | { readonly type: 'pause'; readonly as: string; readonly reason: string }
  | { readonly type: 'resume'; readonly as: string }
  | {
      readonly type: 'skip' | 'retry';
      readonly as: string;
      readonly step: string;
      /** The attempt that the person saw: of another one it says nothing. Absent in commands of earlier versions. */
      readonly attempt?: number;
      readonly reason: string;
    }
  | {
      readonly type: 'answer';
      readonly as: string;
      readonly role: string;
      readonly step: string;
      /** Of the page's steps, counted from 1. */
      readonly item: number;
      readonly result: Answer;
      readonly note: string;
    };

/** What another program left in an inbox may be anything: whoever takes it looks at its form, and refuses what is no command. */
export function parseCommand(text: string): CommandBody {
  try {
    return JSON.parse(text) as CommandBody;
  } catch {
    return null as unknown as CommandBody;
  }
}
