import type { PipelinePolicy, PipelineRequest, PipelineResponse } from '@azure/core-rest-pipeline';
import { ArmError } from './arm-error.ts';

interface SendOnce {
  readonly policy: PipelinePolicy;
  /** True as soon as the request was handed to the network. */
  readonly wasSent: (request: PipelineRequest) => boolean;
}

/** The sign-in policy sends again after a claims challenge. A mutation keeps its first answer instead. */
export function sendOncePolicy(): SendOnce {
  const first = new WeakMap<PipelineRequest, Promise<PipelineResponse>>();
  const sendRequest: PipelinePolicy['sendRequest'] = (request, next) => {
    const earlier = first.get(request);
    if (earlier !== undefined && request.method !== 'GET') return earlier;
    if (request.abortSignal?.aborted) throw new ArmError('arm-aborted', 'aborted before it was sent');
    const sending = next(request);
    first.set(request, sending);
    return sending;
  };
  return { policy: { name: 'sendOncePolicy', sendRequest }, wasSent: (request) => first.has(request) };
}
