import type { UserFunction } from '../functions/user/user-function.js'
import type { PhysicalNode, PhysicalPlan } from './physical.js'

/** The modules that workers must load to evaluate the calls of some nodes, each once. */
export function functionModulesOf(nodes: readonly PhysicalNode[]): Pick<PhysicalPlan, 'functionModules'> {
  const urls = new Set<string>()
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
    if (isUserFunction(value)) urls.add(value.url)
    else Object.values(value).forEach(look)
  }
  nodes.forEach(look)
  return urls.size === 0 ? {} : { functionModules: [...urls] }
}

function isUserFunction(value: object): value is UserFunction {
  return 'url' in value && 'exportName' in value && 'argTypes' in value
}
