-- Health of a portolan.dev/ServiceInstance for Argo CD. It goes into the ConfigMap argocd-cm as
-- resource.customizations.health.portolan.dev_ServiceInstance; see docs/guides/gitops.md.

local function condition(type)
  for _, each in ipairs((obj.status or {}).conditions or {}) do
    if each.type == type then
      return each
    end
  end
  return nil
end

local function holds(type)
  local found = condition(type)
  return found ~= nil and found.status == "True"
end

local function health(status, message)
  return { status = status, message = message or "" }
end

local spec = obj.spec or {}
local status = obj.status or {}
local generation = obj.metadata.generation or 0

if (status.observedGeneration or -1) < generation then
  return health("Progressing", "the agent has not seen the latest spec yet")
end

local ready = condition("Ready") or { status = "Unknown", reason = "", message = "the agent has not said anything yet" }

if status.phase == "Removing" then
  return health("Progressing", ready.message)
end
if holds("Stalled") then
  return health("Degraded", ready.message)
end
-- It waits for an event outside, and may do so for days: a person's, or a maintenance window's.
if status.phase == "Suspended" or ready.reason == "WindowClosed" then
  return health("Suspended", ready.message)
end
if holds("Reconciling") then
  return health("Progressing", ready.message)
end
-- Only discovered: nothing is installed, as the spec wants it.
if spec.version == nil and status.phase == "Discovered" then
  return health("Healthy", ready.message)
end
if ready.status == "True" then
  return health("Healthy", ready.message)
end
return health("Progressing", ready.message)
