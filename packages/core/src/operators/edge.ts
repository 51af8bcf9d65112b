import type { Element } from '../types/element.js'
import type { Operator, Output } from './operator.js'

/** From an operator to an input of its one consumer. */
export class Edge implements Output {
  readonly #operator: Operator
  readonly #input: number

  constructor(operator: Operator, input: number) {
    this.#operator = operator
    this.#input = input
  }

  push(element: Element): void {
    this.#operator.push(element, this.#input)
  }
}

/** From an operator to several consumers, one after the other. */
export class FanOut implements Output {
  rowsCopied = 0
  readonly #edges: readonly Edge[]

  constructor(edges: readonly Edge[]) {
    this.#edges = edges
  }

  push(element: Element): void {
    if (element.kind === 'batch') this.rowsCopied += element.length * (this.#edges.length - 1)
    for (const edge of this.#edges) edge.push(element)
  }
}
