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
    const [{ verifyPackage }, { readText }] = await Promise.all([
      import('../../evidence/verify.ts'),
      import('../compose.ts'),
    ]);
    const verified = await verifyPackage(args[0] ?? '', readText(key));
    if (options['json'] === true) terminal.out(jsonText(verified));
    else terminal.out(verified.ok ? `${args[0]}: verified` : verified.findings.map(findingText).join('\n'));
    return verified.ok ? PASSED : NOT_PASSED;
  },
};

const findingText = ({ code, file, detail }: { code: string; file: string; detail: string }) =>
  `${file}: ${code}: ${detail}`;
