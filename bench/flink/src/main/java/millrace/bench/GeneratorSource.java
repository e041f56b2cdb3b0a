package millrace.bench;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SourceSplit;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/** Records that follow from their positions, a split for each subtask. It pauses while the board says so. */
final class GeneratorSource<T> implements Source<T, GeneratorSource.Split, Integer> {
  private static final long serialVersionUID = 1;

  /** Records that a call emits. Flink's advice is one; more of them spare it the calls between. */
  private static final int RECORDS_A_CALL = 64;

  private static final long PAUSED_LOOK_MS = 10;
  private static final long PACE_MS = 1;

  /** Emits the records of a split, one a call; it may use one object for all. */
  interface Cursor<T> {
    void emit(long position, ReaderOutput<T> output);
  }

  interface Cursors<T> extends Serializable {
    Cursor<T> from(int split, long position);
  }

  private final Plan plan;
  private final Cursors<T> cursors;

  GeneratorSource(Plan plan, Cursors<T> cursors) {
    this.plan = plan;
    this.cursors = cursors;
  }

  @Override
  public Boundedness getBoundedness() {
    return plan.recordsPerSplit == 0 ? Boundedness.CONTINUOUS_UNBOUNDED : Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<T, Split> createReader(SourceReaderContext context) throws IOException {
    return new Reader<>(plan, cursors);
  }

  @Override
  public SplitEnumerator<Split, Integer> createEnumerator(SplitEnumeratorContext<Split> context) {
    return new Enumerator(context);
  }

  @Override
  public SplitEnumerator<Split, Integer> restoreEnumerator(SplitEnumeratorContext<Split> context, Integer none) {
    return new Enumerator(context);
  }

  @Override
  public SimpleVersionedSerializer<Split> getSplitSerializer() {
    return new SplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<Integer> getEnumeratorCheckpointSerializer() {
    return new NoState();
  }

  static final class Split implements SourceSplit {
    final int index;
    final long position;

    Split(int index, long position) {
      this.index = index;
      this.position = position;
    }

    @Override
    public String splitId() {
      return Integer.toString(index);
    }
  }

  private static final class Reader<T> implements SourceReader<T, Split> {
    private final Plan plan;
    private final Cursors<T> cursors;
    private final Board board;
    private int split = -1;
    private long position;
    private Cursor<T> cursor;
    private long pacedFrom;
    private long paced;
    private CompletableFuture<Void> available = new CompletableFuture<>();

    Reader(Plan plan, Cursors<T> cursors) throws IOException {
      this.plan = plan;
      this.cursors = cursors;
      this.board = new Board(plan.board);
    }

    @Override
    public void start() {}

    @Override
    public void addSplits(List<Split> splits) {
      for (Split given : splits) {
        split = given.index;
        position = given.position;
        cursor = cursors.from(split, position);
        pacedFrom = System.nanoTime();
      }
      available.complete(null);
    }

    @Override
    public InputStatus pollNext(ReaderOutput<T> output) {
      if (cursor == null) return waitFor(new CompletableFuture<>());
      if (board.isPaused()) {
        pacedFrom = System.nanoTime(); // what a pause took is not made up for
        paced = 0;
        return waitFor(laterBy(PAUSED_LOOK_MS));
      }
      int wanted = wanted();
      if (wanted == 0) return position == end() ? InputStatus.END_OF_INPUT : waitFor(laterBy(PACE_MS));
      for (int emitted = 0; emitted < wanted; emitted++) cursor.emit(position++, output);
      paced += wanted;
      board.sayRecords(split, position);
      return InputStatus.MORE_AVAILABLE;
    }

    private long end() {
      return plan.recordsPerSplit == 0 ? Long.MAX_VALUE : plan.recordsPerSplit;
    }

    private int wanted() {
      long wanted = Math.min(RECORDS_A_CALL, end() - position);
      if (plan.recordsPerSecond == 0) return (int) wanted;
      long due = (System.nanoTime() - pacedFrom) / 1_000 * plan.recordsPerSecond / 1_000_000;
      return (int) Math.min(wanted, Math.max(0, due - paced));
    }

    private InputStatus waitFor(CompletableFuture<Void> future) {
      available = future;
      return InputStatus.NOTHING_AVAILABLE;
    }

    private static CompletableFuture<Void> laterBy(long ms) {
      return new CompletableFuture<Void>().completeOnTimeout(null, ms, TimeUnit.MILLISECONDS);
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return available;
    }

    @Override
    public List<Split> snapshotState(long checkpointId) {
      return cursor == null ? List.of() : List.of(new Split(split, position));
    }

    @Override
    public void notifyNoMoreSplits() {}

    @Override
    public void close() {}
  }

  private static final class Enumerator implements SplitEnumerator<Split, Integer> {
    private final SplitEnumeratorContext<Split> context;

    Enumerator(SplitEnumeratorContext<Split> context) {
      this.context = context;
    }

    @Override
    public void start() {}

    @Override
    public void addReader(int subtask) {
      context.assignSplit(new Split(subtask, 0), subtask);
    }

    @Override
    public void handleSplitRequest(int subtask, String host) {}

    @Override
    public void addSplitsBack(List<Split> splits, int subtask) {}

    @Override
    public Integer snapshotState(long checkpointId) {
      return 0;
    }

    @Override
    public void close() {}
  }

  private static final class SplitSerializer implements SimpleVersionedSerializer<Split> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(Split split) {
      return ByteBuffer.allocate(12).putInt(split.index).putLong(split.position).array();
    }

    @Override
    public Split deserialize(int version, byte[] bytes) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return new Split(buffer.getInt(), buffer.getLong());
    }
  }

  private static final class NoState implements SimpleVersionedSerializer<Integer> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(Integer none) {
      return new byte[0];
    }

    @Override
    public Integer deserialize(int version, byte[] bytes) {
      return 0;
    }
  }
}
