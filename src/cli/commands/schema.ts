import type { Command } from '../command.ts';
import { PASSED } from '../exit-status.ts';
import { jsonText } from '../terminal.ts';

export const schema: Command = {
  name: 'schema',
  summary: 'print the JSON Schema of drill files, for editors',
  run: async ({ terminal }) => {
    const { drillJsonSchema } = await import('../../definition/json-schema.ts');
    terminal.out(jsonText(drillJsonSchema()));
    return PASSED;
  },
};
