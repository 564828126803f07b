// Answers of the control plane, and refusals as the errors that Azure Resource Manager gives.
import { CodedError } from '../../model/errors.ts';

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that the control plane answers with an error. `code` is Azure's: `ResourceNotFound`. */
export class Refusal extends CodedError {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message);
    this.status = status;
    this.headers = headers;
  }
}

/** The error envelope that every ARM client reads. */
export const errorBody = (code: string, message: string) => ({ error: { code, message } });

export function refusalReply({ status, code, message, headers }: Refusal): Reply {
  return { status, body: errorBody(code, message), headers };
}

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const noContent: Reply = { status: 204 };

export const resourceNotFound = (type: string, name: string, group: string): Refusal =>
  new Refusal(404, 'ResourceNotFound', `The Resource '${type}/${name}' under resource group '${group}' was not found.`);

export const groupNotFound = (group: string): Refusal =>
  new Refusal(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);

export const invalidContent = (message: string): Refusal => new Refusal(400, 'InvalidRequestContent', message);
