/** What the process that runs trials tells the one that watches it. */
export type WorkerMessage =
  | { readonly kind: 'begin'; readonly number: number }
  | { readonly kind: 'failed'; readonly number: number; readonly message: string }
  | { readonly kind: 'end'; readonly number: number };
