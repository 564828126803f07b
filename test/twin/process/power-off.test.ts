import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { powerOff, processTree } from '../../../src/twin/process/power-off.ts';
import { endAll, startSleepers, untilOver, withFolder } from './sleepers.ts';

describe('a process tree', () => {
  it('holds children in sessions of their own', async () => {
    const { pid, children } = await startSleepers();
    try {
      expect(processTree(pid)[0]).toBe(pid);
      expect(new Set(processTree(pid))).toEqual(new Set([pid, ...children]));
    } finally {
      endAll([pid, ...children]);
    }
  });
});

describe('powering off', () => {
  it('ends every process of every tree, and says when', async () => {
    const trees = [await startSleepers(), await startSleepers()];
    const everybody = trees.flatMap(({ pid, children }) => [pid, ...children]);
    try {
      const before = performance.timeOrigin + performance.now();
      const at = powerOff(trees.map(({ pid }) => pid));
      const after = performance.timeOrigin + performance.now();
      expect(Number.isInteger(at)).toBe(true);
      expect(at).toBeGreaterThanOrEqual(Math.floor(before));
      expect(at).toBeLessThanOrEqual(after);
      await untilOver(everybody);
    } finally {
      endAll(everybody);
    }
  });

  it('lets nothing be written after the instant it names', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'written');
      const handle = openSync(file, 'w');
      const script =
        "const { writeSync } = require('node:fs'); for (;;) writeSync(1, (performance.timeOrigin + performance.now()) + '\\n');";
      const writers = [1, 2, 3].map(() =>
        spawn(process.execPath, ['-e', script], { stdio: ['ignore', handle, 'inherit'] }),
      );
      const pids = writers.map(({ pid }) => Number(pid));
      closeSync(handle);
      try {
        await wait(400);
        const at = powerOff(pids);
        await untilOver(pids);
        const times = readFileSync(file, 'utf8').split('\n').slice(0, -1).map(Number);
        expect(times.length).toBeGreaterThan(100);
        // Every clock of a process is set to the wall clock when it starts: they agree to about a millisecond.
        expect(times.reduce((a, b) => Math.max(a, b))).toBeLessThan(at + 2);
      } finally {
        endAll(pids);
      }
    }));

  it('reaches a process that starts others without pause', async () => {
    const script =
      "const { spawn } = require('node:child_process'); setInterval(() => spawn('sleep', ['20'], { detached: true, stdio: 'ignore' }), 2);";
    const { pid } = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    await wait(300);
    const known = processTree(Number(pid));
    try {
      powerOff([Number(pid)]);
      await untilOver(known);
      expect(known.length).toBeGreaterThan(5);
      // Those that began after the first look were killed too, and need a moment to be over.
      await expect.poll(() => processTree(Number(pid))).toEqual([pid]);
    } finally {
      endAll(known);
    }
  });

  it('has nothing to do for a process that is over', async () => {
    const { pid, children } = await startSleepers();
    powerOff([pid]);
    await untilOver([pid, ...children]);
    expect(powerOff([pid])).toBeGreaterThan(0);
  });

  it.each([0, -1, 1, 1.5])('refuses the id %d', (pid) => {
    expect(() => powerOff([pid])).toThrow('expected the id of a process');
  });
});
