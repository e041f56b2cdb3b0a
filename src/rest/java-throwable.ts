// What Flink's clients read of a failure: an object of Flink's SerializedThrowable, as Java serializes it. Without one they take the whole answer for broken, and ask
// until their time is over. It holds the sentence, and no object of a class that a client would have to have.

const bytesOf = (...values: readonly number[]): Buffer => Buffer.from(values);

/** Java's: a length of two bytes, then UTF-8. More than that is cut. */
function utf(text: string): Buffer {
  const TEXT_BYTES_MAX = 0xffff;
  let bytes = Buffer.from(text.replaceAll('\0', ' ').replaceAll(/[\u{10000}-\u{10ffff}]/gu, '\u{fffd}'), 'utf8');
  if (bytes.length > TEXT_BYTES_MAX) {
    let end = TEXT_BYTES_MAX;
    while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1; // not in the middle of a character
    bytes = bytes.subarray(0, end);
  }
  return Buffer.concat([bytesOf(bytes.length >> 8, bytes.length & 0xff), bytes]);
}

const [NULL, CLASS, OBJECT, STRING, END_OF_BLOCK] = [0x70, 0x72, 0x73, 0x74, 0x78];
const [SERIALIZABLE, WRITES_ITSELF] = [0x02, 0x01];

const string = (text: string): Buffer => Buffer.concat([bytesOf(STRING), utf(text)]);

/** A field that is an object: `L` or `[`, its name, and the name of its type. */
const field = (kind: 'L' | '[', name: string, type: string): Buffer =>
  Buffer.concat([Buffer.from(kind), utf(name), string(type)]);

function classOf(name: string, version: string, flags: number, fields: readonly Buffer[], above: Buffer): Buffer {
  const head = [bytesOf(CLASS), utf(name), Buffer.from(version, 'hex'), bytesOf(flags, 0, fields.length)];
  return Buffer.concat([...head, ...fields, bytesOf(END_OF_BLOCK), above]);
}

const throwable = classOf(
  'java.lang.Throwable',
  'd5c635273977b8cb',
  SERIALIZABLE | WRITES_ITSELF,
  [
    field('L', 'cause', 'Ljava/lang/Throwable;'),
    field('L', 'detailMessage', 'Ljava/lang/String;'),
    field('[', 'stackTrace', '[Ljava/lang/StackTraceElement;'),
    field('L', 'suppressedExceptions', 'Ljava/util/List;'),
  ],
  bytesOf(NULL),
);
const exception = classOf('java.lang.Exception', 'd0fd1f3e1a3b1cc4', SERIALIZABLE, [], throwable);
const serializedThrowable = classOf(
  'org.apache.flink.util.SerializedThrowable',
  '65169df51fa713f3',
  SERIALIZABLE,
  [
    field('L', 'fullStringifiedStackTrace', 'Ljava/lang/String;'),
    field('L', 'originalErrorClassName', 'Ljava/lang/String;'),
    field('[', 'serializedException', '[B'),
  ],
  exception,
);

/** In base64. @param name of the class, as it is told @param sentence with its stack, if it has one */
export function javaThrowable(name: string, sentence: string): string {
  const stream = bytesOf(0xac, 0xed, 0x00, 0x05);
  const ofThrowable = [bytesOf(NULL), string(sentence), bytesOf(NULL, NULL, END_OF_BLOCK)];
  const own = [string(sentence), string(name), bytesOf(NULL)];
  return Buffer.concat([stream, bytesOf(OBJECT), serializedThrowable, ...ofThrowable, ...own]).toString('base64');
}
