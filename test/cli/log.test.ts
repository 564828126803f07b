import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../src/cli/log.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

let folder = '';
let said: string[] = [];
const terminal: Terminal = {
  out: () => {},
  err: (text) => said.push(text),
  interactive: false,
  forPeople: false,
  screen: undefined,
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drillmaster-log-'));
  said = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the operational log', () => {
  it('stands in its file, without secrets, and its warnings on stderr', async () => {
    const file = join(folder, 'logs', 'run-1.jsonl');
    const log = openLog(file, terminal, ['hunter2']);
    log.info('connected', { password: 'hunter2' });
    log.warn('slow', { ms: 7 });
    await log.close();
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string });
    expect(lines.map(({ message }) => message)).toEqual(['connected', 'slow']);
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    expect(said).toEqual(['warn: slow ms=7']);
  });

  it.skipIf(!existsSync('/dev/full'))('on a full disk costs its lines, says so once, and ends', async () => {
    const file = join(folder, 'run-1.jsonl');
    symlinkSync('/dev/full', file);
    const log = openLog(file, terminal, []);
    for (let count = 0; count < 500; count += 1) log.debug(`line ${count} ${'x'.repeat(1000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    log.debug('and one more');
    await log.close();
    expect(said).toEqual([expect.stringContaining('the log of the run is not written: ENOSPC')]);
  });

  it('begins a new file when one is large, and keeps two older ones', async () => {
    const file = join(folder, 'run-1.jsonl');
    for (const text of ['a', 'b', 'c', 'd']) {
      const log = openLog(file, terminal, []);
      log.info(text);
      await log.close();
      if (text !== 'd') truncateSync(file, 50 * 1024 * 1024);
    }
    expect(readdirSync(folder).sort()).toEqual(['run-1.jsonl', 'run-1.jsonl.1', 'run-1.jsonl.2']);
    expect(readFileSync(file, 'utf8')).toContain('"message":"d"');
    expect(readFileSync(`${file}.2`, 'utf8').slice(0, 100)).toContain('"message":"b"');
  });

  it('does not keep a run from beginning where its folder cannot be made', async () => {
    writeFileSync(join(folder, 'logs'), 'a file');
    const log = openLog(join(folder, 'logs', 'run-1.jsonl'), terminal, []);
    log.info('unheard');
    await log.close();
    expect(said).toEqual([expect.stringContaining('is not written')]);
  });
});
