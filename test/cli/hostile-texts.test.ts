// Texts of strangers on a terminal: names in files, reasons of people, error texts of Azure. None of them may steer it, or fake a line.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { noProgress } from '../../src/cli/live/progress.ts';
import { renderProgress } from '../../src/cli/live/render.ts';
import { openLiveView } from '../../src/cli/live/view.ts';
import { openLog } from '../../src/cli/log.ts';
import { guardedTerminal, jsonLine, jsonText, type Terminal } from '../../src/cli/terminal.ts';
import { SEED } from '../definition/seed.ts';
import { planOf } from '../report/run-builder.ts';
import { runInProcess } from './terminal.ts';

/** Clears the screen, sets the title of the window, goes back to the start of the line, turns the direction, hides. */
const HOSTILE = '\u001b[2J\u001b]0;owned\u0007\rdone\u009b31m\u202eevil\u200b\u2066';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

function recording() {
  const written: string[] = [];
  const keep = (text: string) => void written.push(text);
  const terminal: Terminal = { out: keep, err: keep, interactive: false, forPeople: false, screen: undefined };
  return { terminal, written };
}

describe('a terminal', () => {
  it(`gets no control character but line ends, whatever is written (seed ${SEED})`, () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { terminal, written } = recording();
      const guarded = guardedTerminal(terminal);
      guarded.out(text + HOSTILE);
      guarded.err(text + HOSTILE);
      for (const line of written) expect(line).not.toMatch(STEERING);
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it(`gets JSON that means the same, escaped (seed ${SEED})`, () => {
    const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = { [text]: [`${text}${HOSTILE}`] };
      for (const json of [jsonText(value), jsonLine(value)]) {
        expect(json).not.toMatch(STEERING);
        expect(JSON.parse(json)).toEqual(value);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  it('is not steered by what a command quotes', async () => {
    for (const argv of [[`${HOSTILE}.yaml`], ['--json', HOSTILE]]) {
      const { out, err, status } = await runInProcess('validate', ...argv);
      expect(`${out}${err}`).not.toMatch(STEERING);
      expect(status).toBe(2);
    }
    expect((await runInProcess(HOSTILE)).err).not.toMatch(STEERING);
  });
});

describe('the live view', () => {
  const event = {
    type: 'step.failed',
    step: 'a',
    attempt: 1,
    error: { code: 'X', message: `no\nPASSED ${HOSTILE}` },
  } as const;

  it('shows a failure on one line', () => {
    const { terminal, written } = recording();
    const view = openLiveView(planOf(), 'run', guardedTerminal(terminal), () => 0);
    view.event({ ...event, seq: 1, at: 0 } as never, 'recovery');
    expect(written.join('\n')).toContain('PASSED');
    for (const line of written) expect(line).not.toMatch(/^PASSED/m);
  });

  it('paints nothing that could steer the screen', () => {
    const plan = { ...planOf(), title: `T\n${HOSTILE}` };
    expect(renderProgress(plan, { ...noProgress('run', 0), aborted: HOSTILE }, 1)).not.toMatch(STEERING);
  });
});

describe('the log', () => {
  let folder = '';
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps a message on its line, for people and in its file', async () => {
    folder = mkdtempSync(join(tmpdir(), 'drillmaster-log-'));
    const { terminal, written } = recording();
    const file = join(folder, 'run.jsonl');
    const log = openLog(file, terminal, []);
    log.warn(`gone\nerror: all is lost ${HOSTILE}`, { from: HOSTILE });
    await log.close();
    expect(written).toHaveLength(1);
    expect(written[0]).not.toMatch(/\n/);
    expect(written[0]).not.toMatch(STEERING);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toMatch(STEERING);
    expect(JSON.parse(text)).toMatchObject({ message: `gone\nerror: all is lost ${HOSTILE}`, from: HOSTILE });
  });
});
