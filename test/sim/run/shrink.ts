import { faultKinds, scenarioOf, type ScenarioChange } from '../scenario.ts'
import { simulate } from '../simulate.ts'

/**
 * Cuts a failing run down: kinds of faults it can do without, fewer messages, an earlier end of faults; as long as it still
 * fails, be it in another way. Answers the smallest change that was found.
 */
export const shrink = async (seed: number, change: ScenarioChange): Promise<ScenarioChange> => {
  let smallest = change
  const fails = async (smaller: ScenarioChange): Promise<boolean> => {
    const { violations } = await simulate(scenarioOf(seed, smaller))
    if (violations.length > 0) smallest = smaller
    return violations.length > 0
  }
  const { faults } = scenarioOf(seed, change)
  for (const kind of faultKinds)
    if (faults.has(kind)) await fails({ ...smallest, without: [...(smallest.without ?? []), kind] })
  for (let halvings = 0; halvings < 6; halvings++) {
    const { inputs } = scenarioOf(seed, smallest)
    if (inputs <= 1 || !(await fails({ ...smallest, inputs: Math.ceil(inputs / 2) }))) break
  }
  for (let halvings = 0; halvings < 6; halvings++) {
    const { faultMs } = scenarioOf(seed, smallest)
    if (faultMs < 200 || !(await fails({ ...smallest, faultMs: Math.ceil(faultMs / 2) }))) break
  }
  return smallest
}
