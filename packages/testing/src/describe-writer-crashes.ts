import { MillraceError, type WriterFactory } from '@millrace/core'
import { expect, it } from 'vitest'
import type { Change } from './batch-text.js'
import { WriterSession } from './writer-session.js'
import type { WriterFixture } from './describe-writer.js'

/** What every writer must pass whose output is committed by epoch: crashes between any two steps lose nothing and leave nothing twice. */
export function describeCrashes(factory: WriterFactory, fixture: () => WriterFixture, session: () => WriterSession): void {
  const thirds = (): readonly (readonly Change[])[] => {
    const { changes } = fixture()
    const third = Math.ceil(changes.length / 3)
    return [changes.slice(0, third), changes.slice(third, 2 * third), changes.slice(2 * third)]
  }

  const expectVisible = async (changes: readonly Change[], of: WriterSession = session()): Promise<void> => {
    const { visible, expected } = await of.compare(changes)
    expect(visible).toEqual(expected)
  }

  it('writes an epoch again that had been prepared but was in no checkpoint', async () => {
    const [first, second, third] = thirds()
    const writer = await session().open(0, 1)
    await session().write(writer, first!)
    const one = await writer.prepare(1)
    await session().commit([one], 1)
    await session().write(writer, second!)
    await writer.prepare(2)
    await session().write(writer, third!)
    await session().crash([one], 1)
    await expectVisible(first!)
    const again = await session().open(0, 1)
    await session().write(again, [...second!, ...third!])
    await session().commit([await again.prepare(2)], 2)
    await expectVisible(fixture().changes)
  })

  it('commits what a checkpoint had prepared before a crash, once', async () => {
    const [first, second, third] = thirds()
    const writer = await session().open(0, 1)
    await session().write(writer, first!)
    await session().commit([await writer.prepare(1)], 1)
    await session().write(writer, second!)
    const two = await writer.prepare(2)
    await session().write(writer, third!)
    await session().crash([two], 2)
    await expectVisible([...first!, ...second!])
    await session().crash([two], 2)
    await expectVisible([...first!, ...second!])
    const again = await session().open(0, 1)
    await session().write(again, third!)
    await session().commit([await again.prepare(3)], 3)
    await expectVisible(fixture().changes)
  })

  it('goes on after epochs in which nothing was written', async () => {
    const { changes } = fixture()
    const writer = await session().open(0, 1)
    await session().commit([await writer.prepare(1)], 1)
    const two = await writer.prepare(2)
    await session().commit([two], 2)
    await session().crash([two], 2)
    const again = await session().open(0, 1)
    const three = await again.prepare(3)
    await session().commit([three], 3)
    await session().write(again, changes)
    const four = await again.prepare(4)
    await session().commit([four], 4)
    const five = await again.prepare(5)
    await session().commit([five], 5)
    await session().crash([five], 5)
    await expectVisible(changes)
  })

  it('finishes a commit that a crash has cut short', async () => {
    const [first, second, third] = thirds()
    const writers = await session().openAll(3)
    await session().writeAll(writers, first!)
    const handles = await Promise.all(writers.map((writer) => writer.prepare(1)))
    await session().commit(handles.slice(0, 1), 1)
    await session().crash(handles, 1)
    await expectVisible(first!)
    const more = await session().openAll(2)
    await session().writeAll(more, [...second!, ...third!])
    await session().commit(await Promise.all(more.map((writer) => writer.prepare(2))), 2)
    await expectVisible(fixture().changes)
  })

  it('begins again where there was no checkpoint', async () => {
    const { changes } = fixture()
    const writer = await session().open(0, 1)
    await session().write(writer, changes)
    await writer.prepare(1)
    await session().crash([], 0)
    await expectVisible([])
    const again = await session().open(0, 1)
    await session().write(again, changes)
    await session().commit([await again.prepare(1)], 1)
    await expectVisible(changes)
  })

  it('is not disturbed by a lost attempt that writes on', async () => {
    const [first, second, third] = thirds()
    const lost = await session().open(0, 1)
    await session().write(lost, first!)
    const one = await lost.prepare(1)
    await session().crash([one], 1)
    const writer = await session().open(0, 1)
    await unlessRefused(session().write(lost, second!))
    await session().write(writer, second!)
    await unlessRefused(session().write(lost, third!))
    await unlessRefused(lost.prepare(2))
    await session().write(writer, third!)
    const two = await writer.prepare(2)
    await lost.close()
    await session().commit([two], 2)
    await expectVisible(fixture().changes)
  })

  it('leaves the output of other jobs alone', async () => {
    const [first, second] = thirds()
    const other = new WriterSession(factory, fixture(), 'test-1')
    const theirs = await other.open(0, 1)
    await other.write(theirs, first!)
    const handle = await theirs.prepare(1)
    await session().crash([], 0)
    await other.commit([handle], 1)
    await session().crash([], 0)
    await other.write(theirs, second!)
    await other.commit([await theirs.prepare(2)], 2)
    await expectVisible([...first!, ...second!], other)
    await other.close()
  })
}

/** What a lost attempt writes goes where nobody looks, or is refused because another has taken over. */
async function unlessRefused(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError)
  }
}
