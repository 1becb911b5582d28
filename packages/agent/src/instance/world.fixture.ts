/** A cluster of one instance in which decisions are carried out by the pure functions alone: no API server, every action succeeds at once. */
import { actionsOf, finishStep, inputsOf, startAction, startStep, stepDefinitions } from "../operation/mod.ts";
import { annotations, type Operation, type ServiceInstance, type ServiceInstanceStatus } from "../resources/mod.ts";
import { HUB_MANAGER, type IntentVerdict, type IntentWrite } from "../intents/mod.ts";
import type { Plan } from "@portolan/shared/planner";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import type { Intent } from "@portolan/shared/wire";
import { configDigest } from "./config-digest.ts";
import { decide, verdictFor, type Decision } from "./decide.ts";
import { NOW, stateOf, versionOwnedBy } from "./state.fixture.ts";
import { nextStatus, operationSituation, restSituation, type Situation, type StatusChanges } from "./status.ts";

const at = new Date(NOW).toISOString();

export class World {
  readonly service: ServiceDefinition;
  instance: ServiceInstance;
  intent: Intent | undefined;
  /** `<step>:<action>`, each time that an action was carried out. */
  readonly done: string[] = [];
  /** Indexes of steps, in the order in which they began. */
  readonly begun: number[] = [];
  readonly verdicts: IntentVerdict[] = [];

  constructor(service: ServiceDefinition, instance: ServiceInstance) {
    this.service = service;
    this.instance = instance;
  }

  get resting(): boolean {
    const { do: next } = this.decision();
    return next === "maintain" || next === "rest";
  }

  decision(): Decision {
    const state = this.#state();
    const verdict = verdictFor(state);
    return decide(state, verdict);
  }

  verdict(): IntentVerdict | undefined {
    return verdictFor(this.#state());
  }

  /** Takes one turn. `crash`: the agent dies after it acted and before it wrote; what it knew is lost, and nothing else. */
  turn(crash = false): void {
    const verdict = this.verdict();
    if (verdict !== undefined) this.verdicts.push(verdict);
    const decision = this.decision();
    const before = this.instance;
    this.#perform(decision);
    if (crash && decision.do !== "writeIntent") this.instance = before;
  }

  /** @throws Error when it never comes to rest */
  untilResting(): void {
    for (let turns = 0; turns < 500; turns++) {
      this.turn();
      if (this.resting) {
        // Once more, so that the status says so.
        this.turn();
        return;
      }
    }
    throw new Error("it never comes to rest");
  }

  #state(): ReturnType<typeof stateOf> {
    return stateOf(this.instance, {
      service: this.service,
      kept: this.service,
      ...(this.intent === undefined ? {} : { intent: this.intent }),
    });
  }

  #perform(decision: Decision): void {
    switch (decision.do) {
      case "writeIntent":
        this.instance = written(this.instance, decision.write);
        return;
      case "accept":
        this.#write(restSituation("Ready", { code: "", message: "" }, false, []), {
          operation: this.#accepted(decision.plan),
          failure: undefined,
        });
        return;
      case "run":
        this.#run(decision.operation);
        return;
      case "complete":
      case "stop":
        this.#write(restSituation("Ready", { code: "Checking", message: "" }, false, []), { operation: undefined });
        return;
      case "maintain":
        this.#write(
          {
            phase: "Ready",
            ready: { status: "True", code: "Installed", message: "" },
            reconciling: false,
            stalled: false,
            missingSecrets: [],
          },
          {},
        );
        return;
      case "rest":
        this.#write(restSituation(decision.phase, decision.reason, decision.stalled, []), {});
        return;
      case "addFinalizer":
      case "hold":
      case "preflight":
      case "rebuild":
      case "remove":
      case "wait":
        throw new Error(`nothing here asks for ${decision.do}`);
    }
  }

  #accepted(plan: Plan): Operation {
    const steps = plan.steps.map(({ from, upgrader, ...step }) => ({
      ...step,
      ...(from === null ? {} : { from }),
      ...(upgrader === null ? {} : { upgrader }),
    }));
    const configure = { from: plan.to, to: plan.to, direction: "configure", disruptive: false, irreversible: false, digest: "" } as const;
    return {
      id: "op",
      kind: steps.length === 0 ? "Configure" : "Upgrade",
      plan: steps.length === 0 ? [configure] : steps,
      planHash: plan.hash,
      generation: this.instance.metadata.generation ?? 0,
      inputs: inputsOf(this.instance.spec),
      cursor: { step: 0 },
      startedAt: at,
    };
  }

  #run(operation: Operation): void {
    const step = operation.plan[operation.cursor.step];
    if (step === undefined) throw new Error("there is no such step");
    const actions = actionsOf(stepDefinitions(this.service, step));
    const { action } = operation.cursor;
    if (action === undefined) {
      this.begun.push(operation.cursor.step);
      this.#write(operationSituation(operation, []), {
        operation: startStep(operation, actions[0]?.name ?? "", this.instance, at),
        configDigest: undefined,
      });
      return;
    }
    this.done.push(`${operation.cursor.step}:${action}`);
    const next = actions[actions.findIndex((each) => each.name === action) + 1];
    const moved = next === undefined ? finishStep(operation) : startAction(operation, next.name, at);
    const finished = next === undefined ? { version: step.to, configDigest: configDigest(operation.inputs) } : {};
    this.#write(operationSituation(moved, []), { operation: moved, ...finished });
  }

  #write(situation: Situation, changes: StatusChanges): void {
    const status: ServiceInstanceStatus = nextStatus(this.instance, situation, undefined, changes, at);
    this.instance = { ...this.instance, status };
  }
}

/** As the API server would have it after the hub's manager has applied. */
function written(instance: ServiceInstance, { change, intentId }: IntentWrite): ServiceInstance {
  if (change.type !== "Version") throw new TypeError("only moves are walked");
  const generation = (instance.metadata.generation ?? 0) + (instance.spec.version === change.version ? 0 : 1);
  return {
    ...instance,
    metadata: {
      ...instance.metadata,
      generation,
      annotations: { ...instance.metadata.annotations, [annotations.intent]: intentId },
      managedFields: [versionOwnedBy(HUB_MANAGER, "Apply")],
    },
    spec: { ...instance.spec, version: change.version },
  };
}
