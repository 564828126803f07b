import * as z from 'zod';
import { defineProbe, type Reading } from '../../model/action.ts';
import { toErrorData } from '../../model/errors.ts';
import { expectationOver } from '../expectation.ts';
import type { World } from '../world.ts';
import { judgeAnswer } from './judge-answer.ts';
import { askHttp, type HttpAnswer } from './request.ts';

const DETAIL_LENGTH_MAX = 200;

const input = z.strictObject({
  url: z.url().describe('What a user would ask'),
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET'),
  status: z.int().min(100).max(599).default(200).describe('The status of a healthy answer'),
  expect: expectationOver('status', 'headers', 'body')
    .optional()
    .describe('CEL over status, headers and body: also true of a healthy answer'),
});
type Input = z.infer<typeof input>;

export const httpProbe = defineProbe<Input, World>({
  name: 'http/probe',
  title: 'Ask a web service as a user does',
  input,
  read: async (given, { world, signal }) => {
    try {
      return readingOf(given, await askHttp(world, given, signal));
    } catch (error) {
      return { healthy: false, detail: toErrorData(error).message.slice(0, DETAIL_LENGTH_MAX) };
    }
  },
});

function readingOf({ status, expect }: Input, answer: HttpAnswer): Reading {
  if (answer.status !== status) return { healthy: false, detail: `expected status ${status}, found ${answer.status}` };
  if (expect !== undefined) judgeAnswer(expect, answer);
  return { healthy: true };
}
