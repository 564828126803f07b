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
  | { readonly type: 'declare'; readonly as: string; readonly role?: string; readonly reason: string }
  | { readonly type: 'pause'; readonly as: string; readonly reason: string }
  | { readonly type: 'resume'; readonly as: string };
