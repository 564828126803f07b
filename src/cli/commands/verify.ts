import type { VerifiedChild } from '../../evidence/check-children.ts';
import type { Verification } from '../../evidence/verify.ts';
import { UsageError } from '../../model/errors.ts';
import { type Command, textOption } from '../command.ts';
import { NOT_PASSED, PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const verify: Command = {
  name: 'verify',
  summary: 'check an evidence package: digests, chain, signature, and that its result follows from its events',
  args: [['<dir>', 'evidence package']],
  options: [
    ['--key <file>', 'public key (PEM) that you were given by another way than the package'],
    ['--json', 'as JSON'],
  ],
  run: async (invocation) => {
    const { args, options, terminal } = invocation;
    const key = textOption(invocation, 'key');
    if (key === undefined)
      throw new UsageError('usage', 'expected --key with the public key (PEM) of the signer, found none');
    const [{ verifyPackage }, { readTextFile }] = await Promise.all([
      import('../../evidence/verify.ts'),
      import('../../twin/index.ts'),
    ]);
    const verified = await verifyPackage(args[0] ?? '', readTextFile(key));
    if (options['json'] === true) terminal.out(jsonText(verified));
    else terminal.out([...verdictLines(args[0] ?? '', verified), ...verified.children.map(childText)].join('\n'));
    return verified.ok ? PASSED : NOT_PASSED;
  },
};

const verdictLines = (dir: string, { ok, findings }: Verification) =>
  ok ? [`${dir}: verified`] : findings.map(findingText);

const CHILD_WORDS: Readonly<Record<VerifiedChild['found'], string>> = {
  verified: 'verified, and the one that is named here',
  absent: 'not beside this package, and not checked',
  different: 'not the one that is named here',
  'without evidence': 'ended without evidence that verifies',
};

const childText = ({ run, outcome, found }: VerifiedChild) => `  child run ${run}, ${outcome}: ${CHILD_WORDS[found]}`;

const findingText = ({ code, file, detail }: { code: string; file: string; detail: string }) =>
  `${file}: ${code}: ${detail}`;
