// Which jobs a client asks for: `StartTime eq '…' and EndTime eq '…' and JobStatus eq 'InProgress'`.
import { Refusal } from '../arm-reply.ts';
import type { ReplicationJob } from './replication-jobs.ts';

const TERM = /^\s*(\w+)\s+eq\s+'?([^']*)'?\s*$/i;
const CHARACTERS_MAX = 1000;

type Test = (job: ReplicationJob, value: string) => boolean;

/** Instants hold what is asked of them both ends included. */
const TESTS: Readonly<Record<string, Test>> = {
  starttime: ({ startedAt }, value) => startedAt >= instant(value),
  endtime: ({ startedAt }, value) => startedAt <= instant(value),
  jobstatus: ({ state }, value) =>
    value.split(',').some((wanted) => wanted.trim().toLowerCase() === state.toLowerCase()),
  jobname: ({ name, scenario }, value) => [name, scenario].some((known) => known.toLowerCase() === value.toLowerCase()),
  affectedobjecttypes: ({ target }, value) => target.kind.toLowerCase() === value.toLowerCase(),
};

/** Throws Refusal 400 for a filter that cannot be read: answering with everything would be a lie. */
export function filterJobs(jobs: readonly ReplicationJob[], filter: string | null): readonly ReplicationJob[] {
  if (filter === null || filter.trim() === '') return jobs;
  if (filter.length > CHARACTERS_MAX) throw invalid(filter);
  const tests = filter.split(/\s+and\s+/i).map((term) => {
    const [, key = '', value = ''] = TERM.exec(term) ?? [];
    const test = TESTS[key.toLowerCase()];
    if (test === undefined) throw invalid(term);
    if (/time$/i.test(key)) instant(value);
    return (job: ReplicationJob) => test(job, value);
  });
  return jobs.filter((job) => tests.every((test) => test(job)));
}

function instant(value: string): number {
  const at = Date.parse(value);
  if (Number.isNaN(at)) throw invalid(value);
  return at;
}

const invalid = (found: string) =>
  new Refusal(
    400,
    'InvalidFilterInQueryString',
    `expected terms such as "JobStatus eq 'InProgress'" joined by and, over StartTime, EndTime, JobStatus, JobName and AffectedObjectTypes, found "${found.slice(0, 100)}"`,
  );
