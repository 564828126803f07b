// The statechart as Mermaid text, read from the machines themselves, so that the picture cannot differ from what runs.
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { STEP_PHASES, type StepPhase } from '../model/phase.ts';
import type { Plan, PlannedStep } from '../plan/plan.ts';
import { drillMachine } from './drill-machine.ts';
import { stepMachine } from './step-machine.ts';

const INDENT = '  ';

/** The drill machine, the machine that every step runs through, and the plan's own steps, each as a fenced Mermaid diagram. */
export function chartMermaid(plan: Plan): string {
  return [
    `# ${heading(plan.title)}`,
    section('The drill', stateDiagram(drillMachine)),
    section('Each step', stateDiagram(stepMachine)),
    section('The steps of this drill', flowchart(plan)),
  ].join('\n\n');
}

/** One line without mark-up: what stands below it is ours. */
const heading = (title: string) =>
  title.replaceAll(/\s+/g, ' ').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('`', "'");

const section = (title: string, lines: readonly string[]) =>
  `## ${title}\n\n\`\`\`mermaid\n${lines.join('\n')}\n\`\`\``;

/** Arrows stand outside all boxes: Mermaid moves a state into the box in which an arrow names it. */
function stateDiagram(machine: AnyStateMachine): readonly string[] {
  const { root } = machine;
  const lines = [...inside(root), ...below(root).flatMap(arrows)].map(
    (line) => INDENT + line.replaceAll(RESULT, 'done'),
  );
  return ['stateDiagram-v2', ...lines];
}

/** A picture of what may happen must not read, nor be searched, as a report of what did. */
const RESULT = 'succeeded';

/** The states of a node, where they begin and where they end; regions that run side by side are boxes. */
function inside(node: AnyStateNode): readonly string[] {
  const children = Object.values(node.states);
  const first = node.type === 'parallel' ? undefined : node.initial.target?.[0];
  return [
    ...(first === undefined ? [] : [`[*] --> ${name(first)}`]),
    ...children.flatMap(block),
    ...children.filter(isEnd).map((child) => `${name(child)} --> [*]`),
  ];
}

function block(node: AnyStateNode): readonly string[] {
  if (Object.keys(node.states).length === 0) return [`${name(node)}: ${node.key}`];
  return [`state "${node.key}" as ${name(node)} {`, ...inside(node).map((line) => INDENT + line), '}'];
}

const below = (node: AnyStateNode): readonly AnyStateNode[] =>
  Object.values(node.states).flatMap((child) => [child, ...below(child)]);

/** One arrow for each way out of a state, in the order in which the machine tries them. */
function arrows(node: AnyStateNode): readonly string[] {
  const transitions = [...node.transitions.values(), node.always ?? []].flat();
  return transitions.flatMap(({ eventType, guard, target = [node] }) =>
    target.map((to) => `${name(node)} --> ${name(to)}: ${label(eventType, guard)}`),
  );
}

function label(event: string, guard: unknown): string {
  const condition = typeof guard === 'string' ? `[${guard}]` : '';
  return [event, condition].filter((part) => part !== '').join(' ');
}

const isEnd = (node: AnyStateNode) => node.transitions.size === 0 && Object.keys(node.states).length === 0;

/** A name that Mermaid takes for a state: the path below the machine, without hyphens, which would end it. */
const name = (node: AnyStateNode): string => node.path.join('_').replaceAll('-', '_');

function flowchart({ steps }: Plan): readonly string[] {
  const node = new Map(steps.map(({ id }, index) => [id, `s${index}`]));
  const filled = STEP_PHASES.filter((phase) => steps.some((step) => step.phase === phase));
  const boxes = filled.flatMap((phase) =>
    subgraph(
      phase,
      steps.filter((step) => step.phase === phase),
      node,
    ),
  );
  const needs = steps.flatMap((step) => step.needs.map((need) => `${node.get(need)} --> ${node.get(step.id)}`));
  const order = filled.slice(1).map((phase, index) => `${filled[index]} ==> ${phase}`);
  return ['flowchart LR', ...[...boxes, ...needs, ...order].map((line) => INDENT + line)];
}

function subgraph(
  phase: StepPhase,
  steps: readonly PlannedStep[],
  node: ReadonlyMap<string, string>,
): readonly string[] {
  return [`subgraph ${phase}`, ...steps.map(({ id, uses }) => `${INDENT}${node.get(id)}["${id}<br/>${uses}"]`), 'end'];
}
