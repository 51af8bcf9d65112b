/** What may pass by itself: no room, too many open files, a device or a server that does not answer. */
const MAY_PASS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'ETIMEDOUT', 'ESTALE', 'ENOMEM'])

/** Details of the error that follows from a failed call of the file system: whether it is worth trying again. */
export function failureDetails(error: unknown): { readonly retry?: true } {
  return MAY_PASS.has((error as NodeJS.ErrnoException | null)?.code ?? '') ? { retry: true } : {}
}
