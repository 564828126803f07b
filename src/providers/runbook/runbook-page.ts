// A page that people answer. The runtime asks them; nothing is sent to the world.
import * as z from 'zod';
import { defineAction } from '../../model/action.ts';
import { ProviderError } from '../provider-error.ts';
import type { World } from '../world.ts';

const PATH_CHARACTERS_MAX = 200;
const FIVE_MINUTES_MS = 300_000;
const INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\]+\.md$/;

const notSent = () => {
  throw new ProviderError(
    'answer-invalid',
    'a runbook page is answered by people: there is nothing to send or to wait for',
  );
};

export const runbookPage = defineAction<{ page: string }, World>({
  name: 'runbook/page',
  title: 'Ask people to work through a page of the runbook',
  kind: 'check',
  input: z.strictObject({
    page: z
      .string()
      .max(PATH_CHARACTERS_MAX)
      .regex(INSIDE, { error: 'expected a Markdown file inside the workspace, as in runbooks/call-the-bank.md' })
      .describe('Markdown file of the workspace; its headings with check boxes are the steps that people answer'),
  }),
  writes: () => [],
  page: ({ page }) => page,
  permissions: [],
  undo: 'nothing-to-undo',
  changesDataRoles: false,
  forecast: { operation: 'runbook/page', typicalMs: FIVE_MINUTES_MS },
  inspect: async () => ({ finding: 'not-started', detail: 'people are asked afresh' }),
  start: async () => notSent(),
  observe: async () => notSent(),
});
