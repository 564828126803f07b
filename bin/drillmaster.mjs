#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node starts here and hands over to Node 24, which the program needs.
import { spawn } from 'node:child_process';
import module from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 24;
const EXIT_INCOMPATIBLE = 78;

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR_MIN) {
  // Types are stripped and code is compiled once, not at every start. Where the folder cannot be written, starts are slower and nothing else.
  module.enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'drillmaster'));
  const { main } = await import('../src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  handOver(packagedNode());
}

/** The path of the Node that npm installed beside the program, for this platform; undefined when there is none. */
function packagedNode() {
  const name = `node-${process.platform}-${process.arch}`;
  try {
    return module.createRequire(import.meta.url).resolve(`${name}/bin/node`);
  } catch {
    return undefined;
  }
}

function handOver(node) {
  if (node === undefined) {
    process.stderr.write(
      `drillmaster needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.versions.node}, and no Node package for ` +
        `${process.platform}-${process.arch} is installed beside it. Install Node ${NODE_MAJOR_MIN}, or run npm ci without --omit=optional.\n`,
    );
    process.exitCode = EXIT_INCOMPATIBLE;
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // The child decides what a signal means. A terminal sends its interrupt to both, so that one is not passed on a second time.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('error', (error) => {
    process.stderr.write(`drillmaster could not start ${node}: ${error.message}\n`);
    process.exitCode = EXIT_INCOMPATIBLE;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}
