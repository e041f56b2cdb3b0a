// A failure as Flink's clients read it: a stream of Java's serialization, whose grammar is read here by hand. That a real client reads it, test/flink-client shows.
import { expect, test } from 'vitest';
import { javaThrowable } from '../../src/rest/java-throwable.ts';

interface Read {
  readonly classes: readonly string[];
  readonly fields: readonly string[];
  readonly objects: readonly (string | null)[];
  readonly left: number;
}

/** Whatever is not as the grammar of the stream wants it, throws. */
function read(base64: string): Read {
  const bytes = Buffer.from(base64, 'base64');
  let at = 0;
  const take = (count: number): Buffer => bytes.subarray(at, (at += count));
  const expectByte = (byte: number): void => expect(take(1)[0]).toBe(byte);
  const utf = (): string => take(take(2).readUInt16BE()).toString('utf8');
  const [classes, fields]: [string[], string[]] = [[], []];
  const readClass = (): void => {
    const kind = take(1)[0];
    if (kind === 0x70) return;
    expect(kind).toBe(0x72);
    classes.push(`${utf()} ${take(8).toString('hex')}`);
    take(1);
    for (let left = take(2).readUInt16BE(); left > 0; left--) {
      const type = take(1).toString();
      const name = utf();
      expectByte(0x74);
      fields.push(`${name} ${utf()}`);
      expect('L['.includes(type)).toBe(true);
    }
    expectByte(0x78);
    readClass();
  };
  const object = (): string | null => {
    if (take(1)[0] === 0x70) return null;
    return utf();
  };
  expect(take(4).toString('hex')).toBe('aced0005');
  expectByte(0x73);
  readClass();
  const ofThrowable = [object(), object(), object(), object()];
  expectByte(0x78);
  const own = [object(), object(), object()];
  return { classes, fields, objects: [...ofThrowable, ...own], left: bytes.length - at };
}

test('has the classes and fields of Flink 2.3, the sentence, and nothing behind it', () => {
  expect(read(javaThrowable('millrace.OperationFailed', 'Job x: the jób is over.'))).toEqual({
    classes: [
      'org.apache.flink.util.SerializedThrowable 65169df51fa713f3',
      'java.lang.Exception d0fd1f3e1a3b1cc4',
      'java.lang.Throwable d5c635273977b8cb',
    ],
    fields: [
      'fullStringifiedStackTrace Ljava/lang/String;',
      'originalErrorClassName Ljava/lang/String;',
      'serializedException [B',
      'cause Ljava/lang/Throwable;',
      'detailMessage Ljava/lang/String;',
      'stackTrace [Ljava/lang/StackTraceElement;',
      'suppressedExceptions Ljava/util/List;',
    ],
    objects: [null, 'Job x: the jób is over.', null, null, 'Job x: the jób is over.', 'millrace.OperationFailed', null],
    left: 0,
  });
});

test('a text that is too long for Java is cut between two characters, and what it cannot hold is replaced', () => {
  const { objects, left } = read(javaThrowable('x', `a${'é'.repeat(40_000)}`));
  expect(objects[1]).toMatch(/^aé+$/);
  expect([Buffer.byteLength(objects[1]!), left]).toEqual([65_535, 0]);
  expect(read(javaThrowable('x', 'a\u{1f600}b\0c')).objects[1]).toBe('a\u{fffd}b c');
});
