import * as z from 'zod';
import { defineCheck } from '../check-action.ts';
import { claimedValues } from '../claims.ts';
import { expectationOver } from '../expectation.ts';
import { judgeAnswer } from './judge-answer.ts';
import { askHttp } from './request.ts';

export const httpAssert = defineCheck({
  name: 'http/assert',
  title: 'Check an answer of a web service',
  input: z.strictObject({
    url: z.url().describe('What to ask'),
    method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET'),
    expect: expectationOver('status', 'headers', 'body').describe(
      'CEL over status, headers (names in lower case) and body (the value when it is JSON); the evidence keeps harmless headers and those named here, but no secrets',
    ),
  }),
  claims: ({ url, expect }) =>
    claimedValues(expect, (parts, change) => ({ fault: 'corrupt-answer', url, parts, change })),
  permissions: [],
  typicalMs: 500,
  judge: async ({ url, method, expect }, { world, signal }) =>
    judgeAnswer(expect, await askHttp(world, { url, method }, signal)),
});
