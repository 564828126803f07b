// Runs every sample drill on its twin as people would, one after the other: `npm run drills`. With names of drills, or files, it runs those:
// `npm run drills -- verify-data`. Exit status 1 when one does not pass, its evidence does not verify, or something of it is left.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { type DrillReport, runOne } from './drills/run-one.ts';

const FOLDER = join(import.meta.dirname, '..', 'drills');
const COLUMNS = { drill: 24, outcome: 14, seconds: 8, people: 7 } as const;

interface Sample {
  readonly file: string;
  readonly drill: string;
}

/** Files of the folder that say `drill:`, with that name. */
const samples = (): readonly Sample[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => sampleOf(relative(process.cwd(), join(FOLDER, name))));

function sampleOf(file: string): readonly Sample[] {
  const { drill } = parse(readFileSync(file, 'utf8')) as { readonly drill?: unknown };
  return typeof drill === 'string' ? [{ file, drill }] : [];
}

/** Throws a RangeError for a name that no drill has. */
function chosen(wanted: readonly string[]): readonly Sample[] {
  const all = samples();
  if (wanted.length === 0) return all;
  return wanted.flatMap((name) => {
    const found = name.endsWith('.yaml') ? sampleOf(name) : all.filter(({ drill }) => drill === name);
    if (found.length === 0) throw new RangeError(`expected the name or the file of a drill, found "${name}"`);
    return found;
  });
}

const say = (text: string) => process.stdout.write(`${text}\n`);

const row = (drill: string, outcome: string, seconds: string, people: string, evidence: string) =>
  `${drill.padEnd(COLUMNS.drill)}${outcome.padEnd(COLUMNS.outcome)}${seconds.padStart(COLUMNS.seconds)}${people.padStart(COLUMNS.people)}  ${evidence}`;

function rowOf({ drill, outcome, seconds, answers, packages, problems }: DrillReport): string {
  const evidence = problems.length === 0 ? `${packages} verified` : 'NOT AS EXPECTED';
  return row(drill, outcome, seconds.toFixed(1), String(answers), evidence);
}

const drills = chosen(process.argv.slice(2));
say(row('drill', 'outcome', 'seconds', 'people', 'evidence'));
const reports: DrillReport[] = [];
for (const { file, drill } of drills) {
  const report = await runOne(file, drill);
  reports.push(report);
  say(rowOf(report));
  for (const problem of report.problems) say(`  ${problem}`);
}
const good = reports.filter(({ problems }) => problems.length === 0);
const seconds = reports.reduce((sum, report) => sum + report.seconds, 0);
say(`${good.length} of ${drills.length} as expected, ${seconds.toFixed(0)} s`);
process.exitCode = drills.length > 0 && good.length === drills.length ? 0 : 1;
