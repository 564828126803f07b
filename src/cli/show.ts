import { summaryText } from '../report/text.ts';
import type { Invocation } from './command.ts';
import type { Finished } from './package-run.ts';
import { jsonText } from './terminal.ts';

/** How a run ended: the summary for people, or the one JSON document. */
export function show({ result, plan, events, evidence }: Finished, { options, terminal }: Invocation): void {
  if (options['json'] === true) terminal.out(jsonText({ ...result, evidence }));
  else terminal.out(`${summaryText(result, plan, events)}\nevidence: ${evidence}`);
}
