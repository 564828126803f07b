import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const keysExport: Command = {
  name: 'keys export',
  summary: 'print the public key that checks evidence of this machine (PEM)',
  run: async ({ options, terminal }) => {
    const [{ findWorkspace }, { exportPublicKey, openKey }, { makeFolder }] = await Promise.all([
      import('../workspace.ts'),
      import('../../evidence/keys.ts'),
      import('../make-folder.ts'),
    ]);
    const { state } = findWorkspace(process.cwd(), options);
    makeFolder(state, 0o700);
    terminal.out(exportPublicKey(openKey(state)));
    return PASSED;
  },
};
