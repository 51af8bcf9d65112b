/** Where a worker finds a connector that the main thread has resolved. */
export type ConnectorAddress =
  | { readonly kind: 'built-in'; readonly name: string }
  | { readonly kind: 'module'; readonly name: string; readonly url: string; readonly exportName: string }
