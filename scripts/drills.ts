// Runs every sample drill on its twin as people would, one after the other: `npm run drills`, or `npm run drills -- verify-data` for one of them.
// Exit status 1 when a drill does not pass, its evidence does not verify, or something of it is left.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { type DrillReport, runOne } from './drills/run-one.ts';

const FOLDER = join(import.meta.dirname, '..', 'drills');
const COLUMNS = { drill: 24, outcome: 14, seconds: 8, people: 7 } as const;

/** Files of the folder that say `drill:`, with that name. */
function sampleDrills(): readonly { readonly file: string; readonly drill: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ file: relative(process.cwd(), join(FOLDER, name)), ...head(join(FOLDER, name)) }))
    .filter((entry): entry is { file: string; drill: string } => entry.drill !== undefined);
}

function head(file: string): { readonly drill?: string } {
  const { drill } = parse(readFileSync(file, 'utf8')) as { drill?: unknown };
  return typeof drill === 'string' ? { drill } : {};
}

const say = (text: string) => process.stdout.write(`${text}\n`);

function row(drill: string, outcome: string, seconds: string, people: string, verified: string): string {
  return `${drill.padEnd(COLUMNS.drill)}${outcome.padEnd(COLUMNS.outcome)}${seconds.padStart(COLUMNS.seconds)}${people.padStart(COLUMNS.people)}  ${verified}`;
}

function rowOf({ drill, outcome, seconds, answers, packages, problems }: DrillReport): string {
  const verified = problems.length === 0 ? `${packages} verified` : 'NOT AS EXPECTED';
  return row(drill, outcome, seconds.toFixed(1), String(answers), verified);
}

const wanted = process.argv.slice(2);
const drills = sampleDrills().filter(({ drill }) => wanted.length === 0 || wanted.includes(drill));
const unknown = wanted.filter((name) => !drills.some(({ drill }) => drill === name));
for (const name of unknown) say(`expected the name of a drill in drills/, found "${name}"`);
if (drills.length > 0) say(row('drill', 'outcome', 'seconds', 'people', 'evidence'));
const reports: DrillReport[] = [];
for (const { file, drill } of drills) {
  const report = await runOne(file, drill);
  reports.push(report);
  say(rowOf(report));
  for (const problem of report.problems) say(`  ${problem}`);
}
const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
say(
  `${reports.filter(({ problems }) => problems.length === 0).length} of ${drills.length} as expected, ${seconds.toFixed(0)} s`,
);
process.exitCode =
  unknown.length === 0 && reports.length > 0 && reports.every(({ problems }) => problems.length === 0) ? 0 : 1;
