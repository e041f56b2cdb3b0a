package millrace.bench;

/** The formula of the records, the same as in bench/real/records.ts. As a program it prints some of them, for a comparison. */
public final class Formula {
  /** Coprime to all numbers of keys that are measured. */
  static final int STRIDE = 7_919;

  static final int WORDS = 10_000;
  private static final int LETTERS = 26;
  private static final int FIRST_LETTERS = LETTERS * LETTERS * LETTERS;

  private Formula() {}

  static int key(int split, long position, int keys) {
    return (int) ((position * STRIDE + split) % keys);
  }

  static int nextKey(int key, int keys) {
    return (key + STRIDE) % keys;
  }

  static int value(long position) {
    return (int) (position & 1_023);
  }

  /** Event time in ms. */
  static long time(long position, int recordsPerMs) {
    return position / recordsPerMs;
  }

  /** Of 3 to 12 letters. The first three differ from word to word; the others come of a generator of chance. */
  static String word(int index) {
    int first = index * STRIDE % FIRST_LETTERS;
    StringBuilder word = new StringBuilder(12);
    word.append(letter(first % LETTERS)).append(letter(first / LETTERS % LETTERS)).append(letter(first / LETTERS / LETTERS));
    int chance = index;
    for (int more = index % 10; more > 0; more--) {
      chance = chance * 1_664_525 + 1_013_904_223;
      word.append(letter((chance >>> 24) % LETTERS));
    }
    return word.toString();
  }

  static String[] words() {
    String[] words = new String[WORDS];
    for (int index = 0; index < WORDS; index++) words[index] = word(index);
    return words;
  }

  private static char letter(int index) {
    return (char) ('a' + index);
  }

  /** Arguments: keys, records a ms, a split, the first position, how many records. */
  public static void main(String[] arguments) {
    int keys = Integer.parseInt(arguments[0]);
    int recordsPerMs = Integer.parseInt(arguments[1]);
    int split = Integer.parseInt(arguments[2]);
    long first = Long.parseLong(arguments[3]);
    int key = key(split, first, keys);
    for (long position = first; position < first + Integer.parseInt(arguments[4]); position++) {
      String line = key + " " + value(position) + " " + time(position, recordsPerMs) + " " + word(key % WORDS);
      System.out.println(line);
      key = nextKey(key, keys);
    }
  }
}
