import { z } from 'zod';

const port = z.int().min(0).max(65_535);

/** What a machine's program is told on the first line of its standard input. */
export const machineSettingsSchema = z.strictObject({
  machine: z.string().min(1),
  region: z.string().min(1),
  /** Its data disk. */
  folder: z.string().min(1),
  /** It files a document of its own this often; never when absent. */
  writesEveryMs: z.int().min(1).optional(),
  /** What it works with in production: a port of 127.0.0.1, and the name that it asks for there. */
  production: z.strictObject({ port, host: z.string().min(1) }).optional(),
  /** 0: any free port. */
  port,
});

export type MachineSettings = z.infer<typeof machineSettingsSchema>;
