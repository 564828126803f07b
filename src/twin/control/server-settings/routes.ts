// Below a flexible server: its firewall rules and its parameters. Azure works on a change for seconds; here it is answered at once.
import { isIPv4 } from 'node:net';
import * as z from 'zod';
import { resourceId, SERVER_TYPE } from '../../world/resource-ids.ts';
import { invalidContent, noContent, ok, Refusal, type Reply } from '../arm-reply.ts';
import type { Cloud } from '../cloud.ts';
import { page } from '../paging.ts';
import { type ArmRequest, type Route, served } from '../route.ts';
import { checkUp } from '../server-operation.ts';
import { checkIdle, type ServerRecord } from '../server-records.ts';
import { type FirewallRule, PARAMETERS, SettingsRecords } from './settings-records.ts';

const VERSIONS = ['2025-08-01'];
const SERVER = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${SERVER_TYPE}/{name}`;
const RULES = `${SERVER}/firewallRules`;
const PARAMETER = `${SERVER}/configurations`;
const RULES_MAX = 100;

export function serverSettingsRoutes(cloud: Cloud): readonly Route[] {
  const records = new SettingsRecords();
  const serverOf = ({ names: { group = '', name = '' } }: ArmRequest) => {
    cloud.groups.get(group);
    return cloud.servers.get(group, name);
  };
  const desk = (request: ArmRequest): Desk => {
    const server = serverOf(request);
    return { ...records.of(server), server, id: resourceId(cloud.world.subscription, SERVER_TYPE, server), cloud };
  };
  const rules = (request: ArmRequest) => {
    const at = desk(request);
    return page(
      request,
      cloud.endpoint(),
      [...at.rules.values()].map((rule) => ruleBody(at, rule)),
    );
  };
  const parameters = (request: ArmRequest) => {
    const at = desk(request);
    return page(
      request,
      cloud.endpoint(),
      Object.keys(PARAMETERS).map((name) => parameterBody(at, name)),
    );
  };
  return served(VERSIONS, [
    { method: 'GET', path: RULES, handle: rules },
    { method: 'GET', path: `${RULES}/{rule}`, handle: (request) => getRule(desk(request), request) },
    { method: 'PUT', path: `${RULES}/{rule}`, handle: (request) => putRule(desk(request), request) },
    { method: 'DELETE', path: `${RULES}/{rule}`, handle: (request) => deleteRule(desk(request), request) },
    { method: 'GET', path: PARAMETER, handle: parameters },
    {
      method: 'GET',
      path: `${PARAMETER}/{parameter}`,
      handle: (request) => ok(parameterBody(desk(request), parameterOf(request))),
    },
    ...(['PUT', 'PATCH'] as const).map((method) => ({
      method,
      path: `${PARAMETER}/{parameter}`,
      handle: (request: ArmRequest) => setParameter(desk(request), request),
    })),
  ]);
}

interface Desk extends ReturnType<SettingsRecords['of']> {
  readonly server: ServerRecord;
  readonly id: string;
  readonly cloud: Cloud;
}

const address = z.string().refine(isIPv4, 'expected an IPv4 address');
const ruleSchema = z.looseObject({ properties: z.looseObject({ startIpAddress: address, endIpAddress: address }) });
const NAME = /^[A-Za-z0-9][\w-]{0,127}$/;

function putRule(at: Desk, request: ArmRequest): Reply {
  checkWritable(at);
  const name = request.names['rule'] ?? '';
  const parsed = ruleSchema.safeParse(request.body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  if (!NAME.test(name))
    throw invalidContent(`expected a name of letters, digits, - and _, found "${name.slice(0, 40)}"`);
  const stood = at.rules.has(name.toLowerCase());
  if (!stood && at.rules.size >= RULES_MAX)
    throw new Refusal(409, 'QuotaExceeded', `This twin keeps at most ${RULES_MAX} firewall rules of a server.`);
  const { startIpAddress, endIpAddress } = parsed.data.properties;
  const rule = { name, startIpAddress, endIpAddress };
  at.rules.set(name.toLowerCase(), rule);
  return { status: stood ? 200 : 201, body: ruleBody(at, rule) };
}

function getRule(at: Desk, { names }: ArmRequest): Reply {
  const name = names['rule'] ?? '';
  const rule = at.rules.get(name.toLowerCase());
  if (rule === undefined)
    throw new Refusal(404, 'ResourceNotFound', `The firewall rule '${name}' of '${at.server.name}' was not found.`);
  return ok(ruleBody(at, rule));
}

function deleteRule(at: Desk, { names }: ArmRequest): Reply {
  checkWritable(at);
  return at.rules.delete((names['rule'] ?? '').toLowerCase()) ? { status: 200 } : noContent;
}

const ruleBody = ({ id }: Desk, { name, ...properties }: FirewallRule) => ({
  id: `${id}/firewallRules/${name}`,
  name,
  type: `${SERVER_TYPE}/firewallRules`,
  properties,
});

/** Throws Refusal 404 for a parameter that is not one of the declared ones. */
function parameterOf({ names }: ArmRequest): string {
  const name = names['parameter'] ?? '';
  const found = Object.keys(PARAMETERS).find((known) => known === name.toLowerCase());
  if (found === undefined)
    throw new Refusal(404, 'ConfigurationNotExists', `The configuration '${name}' does not exist.`);
  return found;
}

const valueSchema = z.looseObject({ properties: z.looseObject({ value: z.string().max(1000) }) });

function setParameter(at: Desk, request: ArmRequest): Reply {
  checkWritable(at);
  const name = parameterOf(request);
  const parsed = valueSchema.safeParse(request.body);
  if (!parsed.success) throw invalidContent(z.prettifyError(parsed.error));
  const { value } = parsed.data.properties;
  const { allowedValues = '' } = PARAMETERS[name] ?? {};
  if (!new RegExp(`^(${allowedValues})$`).test(value))
    throw new Refusal(
      400,
      'InvalidParameterValue',
      `expected ${name} to fit ${allowedValues}, found "${value.slice(0, 40)}"`,
    );
  at.values.set(name, value);
  return ok(parameterBody(at, name));
}

function parameterBody({ id, values }: Desk, name: string) {
  const { value = '', dataType, allowedValues, isDynamic } = PARAMETERS[name] ?? {};
  return {
    id: `${id}/configurations/${name}`,
    name,
    type: `${SERVER_TYPE}/configurations`,
    properties: {
      value: values.get(name) ?? value,
      defaultValue: value,
      dataType,
      allowedValues,
      source: values.has(name) ? 'user-override' : 'system-default',
      isDynamicConfig: isDynamic,
      isReadOnly: false,
      isConfigPendingRestart: false,
    },
  };
}

/** Throws Refusal 409: nothing of a server changes while somebody is at work on it, or its region is lost. */
function checkWritable({ server, cloud }: Desk): void {
  checkUp(server, cloud);
  checkIdle(server);
}
