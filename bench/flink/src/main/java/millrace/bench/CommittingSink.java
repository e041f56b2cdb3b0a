package millrace.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import millrace.bench.Types.Result;
import millrace.bench.Types.ResultSerializer;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.sink2.CommitterInitContext;
import org.apache.flink.api.connector.sink2.CommittingSinkWriter;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SupportsCommitter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/** A sink in two phases without a disk: a transaction is a list in memory. What is committed is written to a file if the plan names one. */
final class CommittingSink implements Sink<Result>, SupportsCommitter<List<Result>> {
  private static final long serialVersionUID = 1;

  private final String output;

  CommittingSink(Plan plan) {
    output = plan.output;
  }

  @Override
  public CommittingSinkWriter<Result, List<Result>> createWriter(WriterInitContext context) {
    return new Writer();
  }

  @Override
  public Committer<List<Result>> createCommitter(CommitterInitContext context) {
    return new LineCommitter(output);
  }

  @Override
  public SimpleVersionedSerializer<List<Result>> getCommittableSerializer() {
    return new TransactionSerializer();
  }

  private static final class Writer implements CommittingSinkWriter<Result, List<Result>> {
    private List<Result> open = new ArrayList<>();

    @Override
    public void write(Result result, Context context) {
      open.add(result);
    }

    @Override
    public void flush(boolean endOfInput) {}

    @Override
    public Collection<List<Result>> prepareCommit() {
      List<Result> prepared = open;
      open = new ArrayList<>();
      return List.of(prepared);
    }

    @Override
    public void close() {}
  }

  private static final class LineCommitter implements Committer<List<Result>> {
    private final Path file;

    LineCommitter(String output) {
      file = output.isEmpty() ? null : Path.of(output, UUID.randomUUID().toString());
    }

    @Override
    public void commit(Collection<CommitRequest<List<Result>>> requests) throws IOException {
      if (file == null) return;
      StringBuilder lines = new StringBuilder();
      for (CommitRequest<List<Result>> request : requests)
        for (Result result : request.getCommittable()) lines.append(result.line()).append('\n');
      byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
      Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @Override
    public void close() {}
  }

  private static final class TransactionSerializer implements SimpleVersionedSerializer<List<Result>> {
    @Override
    public int getVersion() {
      return 1;
    }

    @Override
    public byte[] serialize(List<Result> results) throws IOException {
      DataOutputSerializer bytes = new DataOutputSerializer(4_096);
      bytes.writeInt(results.size());
      for (Result result : results) ResultSerializer.INSTANCE.serialize(result, bytes);
      return bytes.getCopyOfBuffer();
    }

    @Override
    public List<Result> deserialize(int version, byte[] bytes) throws IOException {
      DataInputDeserializer source = new DataInputDeserializer(bytes);
      int count = source.readInt();
      List<Result> results = new ArrayList<>(count);
      for (int index = 0; index < count; index++) results.add(ResultSerializer.INSTANCE.deserialize(source));
      return results;
    }
  }
}
