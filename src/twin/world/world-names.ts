// The names that world files are made of.
import * as z from 'zod';

const LIST_MAX = 50;

export const region = z
  .string()
  .regex(/^[a-z][a-z0-9]{1,30}$/, 'expected the name of an Azure region, such as westeurope');
export const groupName = z.string().regex(/^[A-Za-z0-9._()-]{1,90}$/, 'expected the name of a resource group');
export const hostLabel = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, 'expected 3 to 63 lower-case letters, digits and hyphens');
/** At most 50 of something. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).max(LIST_MAX);
