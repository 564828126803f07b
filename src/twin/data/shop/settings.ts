import { z } from 'zod';

const port = z.int().min(0).max(65_535);

/** What a shop is told on the first line of its standard input, where no list of processes and no file shows the password. */
export const shopSettingsSchema = z.strictObject({
  region: z.string().min(1),
  shop: z.string().min(1),
  /** 0: any free port. */
  port,
  database: z.strictObject({
    host: z.string().min(1),
    port,
    user: z.string().min(1),
    password: z.string(),
    database: z.string().min(1),
  }),
  /** Where invoices go: an account's host name, the port that leads there, and how to sign in. */
  documents: z
    .strictObject({ host: z.string().min(1), port, authority: z.string().min(1), token: z.string().min(1) })
    .optional(),
});

export type ShopSettings = z.infer<typeof shopSettingsSchema>;
