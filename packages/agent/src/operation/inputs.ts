/** The part of a spec by which a step is rendered: recorded when the step begins, so that an edit takes effect at the next one. Pure. */
import type { Operation, OperationInputs, ServiceInstance, ServiceInstanceSpec } from "../resources/mod.ts";

/** What the next step works with. */
export function inputsOf({ config, overrides, secretRefs, targetNamespace }: ServiceInstanceSpec): OperationInputs {
  return {
    ...(config === undefined ? {} : { config }),
    ...(overrides === undefined ? {} : { overrides }),
    ...(secretRefs === undefined ? {} : { secretRefs }),
    ...(targetNamespace === undefined ? {} : { targetNamespace }),
  };
}

/** The instance as the running step sees it; between two steps, and without an operation, as it is. */
export function asRunning(instance: ServiceInstance, operation: Operation | undefined): ServiceInstance {
  if (operation?.cursor.action === undefined) return instance;
  const { config: _config, overrides: _overrides, secretRefs: _secretRefs, targetNamespace: _namespace, ...rest } = instance.spec;
  return { ...instance, spec: { ...rest, ...operation.inputs } };
}
