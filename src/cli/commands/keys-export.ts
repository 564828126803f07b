import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';

export const keysExport: Command = {
  name: 'keys export',
  summary: 'print the public key that checks evidence of this machine (PEM)',
  run: async ({ options, terminal }) => {
    const [{ findWorkspace }, { exportPublicKey, openKey }] = await Promise.all([
      import('../workspace.ts'),
      import('../../evidence/keys.ts'),
    ]);
    terminal.out(exportPublicKey(openKey(findWorkspace(process.cwd(), options).state)));
    return PASSED;
  },
};
