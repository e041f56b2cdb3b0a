package millrace.bench;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file in memory: the bench writes whether sources pause, subtasks write how far they are. bench/beside-flink/board.ts has the same layout. */
final class Board {
  static final int SUBTASKS_MAX = 8;
  private static final int PAUSED_AT = 0;
  private static final int RECORDS_AT = 64;
  private static final int LATENCIES_AT = 4_096;
  private static final int LATENCIES_MAX = 65_536;
  private static final int LATENCY_BYTES = 8 + 4 * LATENCIES_MAX;
  private static final int SIZE = LATENCIES_AT + SUBTASKS_MAX * LATENCY_BYTES;

  private final MappedByteBuffer bytes;

  Board(String file) throws IOException {
    try (FileChannel channel = FileChannel.open(Path.of(file), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      bytes = channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE);
      bytes.order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  boolean isPaused() {
    return bytes.get(PAUSED_AT) != 0;
  }

  void sayRecords(int split, long position) {
    bytes.putLong(RECORDS_AT + split * 8, position);
  }

  /** How many latencies a subtask had, and behind that number the last of them in µs. */
  void addLatency(int subtask, long us) {
    int at = LATENCIES_AT + subtask * LATENCY_BYTES;
    long count = bytes.getLong(at);
    bytes.putInt(at + 8 + 4 * (int) (count % LATENCIES_MAX), (int) Math.min(us, Integer.MAX_VALUE));
    bytes.putLong(at, count + 1);
  }
}
