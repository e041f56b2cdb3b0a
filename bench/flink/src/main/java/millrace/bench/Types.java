package millrace.bench;

import java.io.IOException;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/** What the jobs send and keep, each with a serializer that is written by hand. */
final class Types {
  private Types() {}

  /** Of 16 bytes. */
  static final class Numbered {
    long key;
    long value;
  }

  /** Of 24 bytes. */
  static final class Stamped {
    long key;
    long value;
    long at;
  }

  static final class Worded {
    String word;
  }

  static final class Total {
    long count;
    long sum;
    long max = Long.MIN_VALUE;
  }

  /** What goes to the sink: a name, and the numbers it came to. */
  static final class Result {
    final String name;
    final long[] numbers;

    Result(String name, long... numbers) {
      this.name = name;
      this.numbers = numbers;
    }

    String line() {
      StringBuilder line = new StringBuilder(name);
      for (long number : numbers) line.append(' ').append(number);
      return line.toString();
    }
  }

  abstract static class HandMade<T> extends TypeSerializerSingleton<T> {
    private static final long serialVersionUID = 1;

    abstract Class<T> type();

    @Override
    public boolean isImmutableType() {
      return false;
    }

    @Override
    public T copy(T from) {
      return copy(from, createInstance());
    }

    @Override
    public T deserialize(DataInputView source) throws IOException {
      return deserialize(createInstance(), source);
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
      serialize(deserialize(source), target);
    }

    TypeInformation<T> info() {
      return new Info<>(this);
    }
  }

  static final class NumberedSerializer extends HandMade<Numbered> {
    private static final long serialVersionUID = 1;
    static final NumberedSerializer INSTANCE = new NumberedSerializer();

    @Override
    Class<Numbered> type() {
      return Numbered.class;
    }

    @Override
    public Numbered createInstance() {
      return new Numbered();
    }

    @Override
    public Numbered copy(Numbered from, Numbered reuse) {
      reuse.key = from.key;
      reuse.value = from.value;
      return reuse;
    }

    @Override
    public int getLength() {
      return 16;
    }

    @Override
    public void serialize(Numbered record, DataOutputView target) throws IOException {
      target.writeLong(record.key);
      target.writeLong(record.value);
    }

    @Override
    public Numbered deserialize(Numbered reuse, DataInputView source) throws IOException {
      reuse.key = source.readLong();
      reuse.value = source.readLong();
      return reuse;
    }

    @Override
    public TypeSerializerSnapshot<Numbered> snapshotConfiguration() {
      return new Snapshot();
    }

    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Numbered> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }

  static final class StampedSerializer extends HandMade<Stamped> {
    private static final long serialVersionUID = 1;
    static final StampedSerializer INSTANCE = new StampedSerializer();

    @Override
    Class<Stamped> type() {
      return Stamped.class;
    }

    @Override
    public Stamped createInstance() {
      return new Stamped();
    }

    @Override
    public Stamped copy(Stamped from, Stamped reuse) {
      reuse.key = from.key;
      reuse.value = from.value;
      reuse.at = from.at;
      return reuse;
    }

    @Override
    public int getLength() {
      return 24;
    }

    @Override
    public void serialize(Stamped record, DataOutputView target) throws IOException {
      target.writeLong(record.key);
      target.writeLong(record.value);
      target.writeLong(record.at);
    }

    @Override
    public Stamped deserialize(Stamped reuse, DataInputView source) throws IOException {
      reuse.key = source.readLong();
      reuse.value = source.readLong();
      reuse.at = source.readLong();
      return reuse;
    }

    @Override
    public TypeSerializerSnapshot<Stamped> snapshotConfiguration() {
      return new Snapshot();
    }

    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Stamped> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }

  static final class WordedSerializer extends HandMade<Worded> {
    private static final long serialVersionUID = 1;
    static final WordedSerializer INSTANCE = new WordedSerializer();

    @Override
    Class<Worded> type() {
      return Worded.class;
    }

    @Override
    public Worded createInstance() {
      return new Worded();
    }

    @Override
    public Worded copy(Worded from, Worded reuse) {
      reuse.word = from.word;
      return reuse;
    }

    @Override
    public int getLength() {
      return -1;
    }

    @Override
    public void serialize(Worded record, DataOutputView target) throws IOException {
      StringValue.writeString(record.word, target);
    }

    @Override
    public Worded deserialize(Worded reuse, DataInputView source) throws IOException {
      reuse.word = StringValue.readString(source);
      return reuse;
    }

    @Override
    public void copy(DataInputView source, DataOutputView target) throws IOException {
      StringValue.copyString(source, target);
    }

    @Override
    public TypeSerializerSnapshot<Worded> snapshotConfiguration() {
      return new Snapshot();
    }

    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Worded> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }

  /** Of 16 bytes, or of 24 with a maximum. */
  static final class TotalSerializer extends HandMade<Total> {
    private static final long serialVersionUID = 1;
    static final TotalSerializer INSTANCE = new TotalSerializer(false);
    static final TotalSerializer WITH_MAX = new TotalSerializer(true);

    private final boolean hasMax;

    private TotalSerializer(boolean hasMax) {
      this.hasMax = hasMax;
    }

    @Override
    Class<Total> type() {
      return Total.class;
    }

    @Override
    public Total createInstance() {
      return new Total();
    }

    @Override
    public Total copy(Total from, Total reuse) {
      reuse.count = from.count;
      reuse.sum = from.sum;
      reuse.max = from.max;
      return reuse;
    }

    @Override
    public int getLength() {
      return hasMax ? 24 : 16;
    }

    @Override
    public void serialize(Total total, DataOutputView target) throws IOException {
      target.writeLong(total.count);
      target.writeLong(total.sum);
      if (hasMax) target.writeLong(total.max);
    }

    @Override
    public Total deserialize(Total reuse, DataInputView source) throws IOException {
      reuse.count = source.readLong();
      reuse.sum = source.readLong();
      if (hasMax) reuse.max = source.readLong();
      return reuse;
    }

    @Override
    public TypeSerializerSnapshot<Total> snapshotConfiguration() {
      return hasMax ? new SnapshotWithMax() : new Snapshot();
    }

    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Total> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }

    public static final class SnapshotWithMax extends SimpleTypeSerializerSnapshot<Total> {
      public SnapshotWithMax() {
        super(() -> WITH_MAX);
      }
    }
  }

  static final class ResultSerializer extends HandMade<Result> {
    private static final long serialVersionUID = 1;
    static final ResultSerializer INSTANCE = new ResultSerializer();

    @Override
    Class<Result> type() {
      return Result.class;
    }

    @Override
    public boolean isImmutableType() {
      return true;
    }

    @Override
    public Result createInstance() {
      return new Result("");
    }

    @Override
    public Result copy(Result from) {
      return from;
    }

    @Override
    public Result copy(Result from, Result reuse) {
      return from;
    }

    @Override
    public int getLength() {
      return -1;
    }

    @Override
    public void serialize(Result result, DataOutputView target) throws IOException {
      StringValue.writeString(result.name, target);
      target.writeInt(result.numbers.length);
      for (long number : result.numbers) target.writeLong(number);
    }

    @Override
    public Result deserialize(Result reuse, DataInputView source) throws IOException {
      String name = StringValue.readString(source);
      long[] numbers = new long[source.readInt()];
      for (int index = 0; index < numbers.length; index++) numbers[index] = source.readLong();
      return new Result(name, numbers);
    }

    @Override
    public TypeSerializerSnapshot<Result> snapshotConfiguration() {
      return new Snapshot();
    }

    public static final class Snapshot extends SimpleTypeSerializerSnapshot<Result> {
      public Snapshot() {
        super(() -> INSTANCE);
      }
    }
  }

  private static final class Info<T> extends TypeInformation<T> {
    private static final long serialVersionUID = 1;

    private final HandMade<T> serializer;

    Info(HandMade<T> serializer) {
      this.serializer = serializer;
    }

    @Override
    public boolean isBasicType() {
      return false;
    }

    @Override
    public boolean isTupleType() {
      return false;
    }

    @Override
    public int getArity() {
      return 1;
    }

    @Override
    public int getTotalFields() {
      return 1;
    }

    @Override
    public Class<T> getTypeClass() {
      return serializer.type();
    }

    @Override
    public boolean isKeyType() {
      return false;
    }

    @Override
    public TypeSerializer<T> createSerializer(SerializerConfig config) {
      return serializer;
    }

    @Override
    public String toString() {
      return serializer.type().getSimpleName();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Info<?> info && info.serializer.equals(serializer);
    }

    @Override
    public int hashCode() {
      return serializer.hashCode();
    }

    @Override
    public boolean canEqual(Object other) {
      return other instanceof Info<?>;
    }
  }
}
