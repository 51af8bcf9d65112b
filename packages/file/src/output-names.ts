import type { SinkSpec } from '@millrace/core'
import { basename, dirname, join } from 'node:path'

/**
 * What the files of a sink are called, and which of those in a directory are a job's.
 *
 * | | part files | a single file |
 * |---|---|---|
 * | being written | `.part-JOB-WORKER-NUMBER-ATTEMPT.EXTENSION.tmp` | `.NAME-JOB-NUMBER-ATTEMPT.tmp` |
 * | committed | `part-JOB-EPOCH-WORKER[-SINK].EXTENSION` | `NAME` |
 *
 * The epoch of a file is known when it is prepared; until then a number tells apart what one writer makes. SINK is there for all sinks of
 * a job but its first, since several may write into one directory. Attempts that write side by side never share a temporary name, and
 * the later commit of an epoch takes the place of an earlier one.
 */
export class OutputNames {
  readonly #sink: SinkSpec
  readonly #job: string
  readonly #attempt: string

  constructor(sink: SinkSpec) {
    this.#sink = sink
    this.#job = nameOf(sink.jobId)
    this.#attempt = nameOf(sink.attempt)
  }

  /** @param number of the file, different for all that the writer makes */
  temporaryPart(directory: string, number: number, extension: string): string {
    return join(directory, `.part-${this.#job}-${this.#sink.workerIndex}-${this.#sink.index}_${number}-${this.#attempt}.${extension}.tmp`)
  }

  part(directory: string, epoch: number, extension: string): string {
    const { index, workerIndex } = this.#sink
    return join(directory, `part-${this.#job}-${epoch}-${workerIndex}${index === 0 ? '' : `-${index}`}.${extension}`)
  }

  temporarySingle(path: string, number: number): string {
    return join(dirname(path), `.${basename(path)}-${this.#job}-${this.#sink.index}_${number}-${this.#attempt}.tmp`)
  }
}

export interface JobFiles {
  isTemporary(name: string): boolean
  /** The epoch of a committed part file of the job, or null if it is something else. */
  epochOf(name: string): number | null
}

/** Which part files are a job's. */
export function partFilesOf(jobId: string): JobFiles {
  const job = nameOf(jobId)
  const temporary = new RegExp(`^\\.part-${job}-\\d+-\\w+-\\w+\\..*\\.tmp$`)
  const committed = new RegExp(`^part-${job}-(\\d+)-\\d+(?:-\\d+)?\\.(?!.*\\.tmp$)`)
  return {
    isTemporary: (name) => temporary.test(name),
    epochOf: (name) => {
      const found = committed.exec(name)
      return found === null ? null : Number(found[1])
    },
  }
}

/** Whether a name is that of a temporary file of a job that writes the single file `path`. */
export function isTemporarySingle(path: string, jobId: string): (name: string) => boolean {
  const rest = new RegExp(`^-${nameOf(jobId)}-\\w+-\\w+\\.tmp$`)
  const start = `.${basename(path)}`
  return (name) => name.startsWith(start) && rest.test(name.slice(start.length))
}

/** As one word of letters, digits and `_`, different for different ids: names are taken apart at `-`. */
function nameOf(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}_`)
}
