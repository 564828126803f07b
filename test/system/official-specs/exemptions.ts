// What differs from the specifications on purpose, one by one, and why. One that no longer occurs has to be removed.
import type { Finding } from './validator.ts';

export interface Exemption extends Pick<Finding, 'operation' | 'side' | 'code' | 'at'> {
  readonly reason: string;
}

export const EXEMPTIONS: readonly Exemption[] = [
  {
    operation: 'Servers_Update',
    side: 'request',
    code: 'ENUM_CASE_MISMATCH',
    at: '$.properties.replica.promoteMode',
    reason:
      '2025-08-01 has Switchover, as the Azure SDK sends it; the nearest specification is the preview of 2023, with switchover',
  },
  {
    operation: 'Servers_Update',
    side: 'request',
    code: 'ENUM_CASE_MISMATCH',
    at: '$.properties.replica.promoteOption',
    reason:
      '2025-08-01 has Planned and Forced, as the Azure SDK sends them; the preview of 2023 has planned and forced',
  },
  {
    operation: 'Disks_Get',
    side: 'response',
    code: 'INVALID_RESPONSE_CODE',
    at: '',
    reason: 'the specification of disks names no error answers at all; Azure answers 404 for a disk that is not there',
  },
];

export const isExempt = ({ operation, side, code, at }: Finding, list: readonly Exemption[] = EXEMPTIONS): boolean =>
  list.some(
    (exemption) =>
      exemption.operation === operation && exemption.side === side && exemption.code === code && exemption.at === at,
  );
