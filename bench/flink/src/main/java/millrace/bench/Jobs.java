package millrace.bench;

import java.time.Duration;
import millrace.bench.Types.Numbered;
import millrace.bench.Types.NumberedSerializer;
import millrace.bench.Types.Result;
import millrace.bench.Types.ResultSerializer;
import millrace.bench.Types.Stamped;
import millrace.bench.Types.StampedSerializer;
import millrace.bench.Types.Total;
import millrace.bench.Types.TotalSerializer;
import millrace.bench.Types.Worded;
import millrace.bench.Types.WordedSerializer;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/** The jobs of bench/real/jobs.ts, as Flink is quickest with them: records and totals are reused, state is changed in place. */
final class Jobs {
  private static final Duration WINDOW = Duration.ofSeconds(1);

  private Jobs() {}

  static void define(Plan plan, StreamExecutionEnvironment env) {
    DataStream<Result> results =
        switch (plan.job) {
          case "totals" -> totals(plan, env);
          case "window" -> window(plan, env);
          case "words" -> words(plan, env);
          case "latency" -> latency(plan, env);
          default -> throw new IllegalArgumentException("no job " + plan.job);
        };
    results.sinkTo(new CommittingSink(plan)).name("shown");
  }

  private static DataStream<Numbered> numbers(Plan plan, StreamExecutionEnvironment env) {
    return env.fromSource(
        new GeneratorSource<>(plan, (split, position) -> new Numbers(plan, split, position)),
        WatermarkStrategy.noWatermarks(),
        "numbers",
        NumberedSerializer.INSTANCE.info());
  }

  private static DataStream<Result> totals(Plan plan, StreamExecutionEnvironment env) {
    return numbers(plan, env)
        .keyBy(record -> record.key, Types.LONG)
        .process(new Totals(plan.shownEvery))
        .returns(ResultSerializer.INSTANCE.info());
  }

  private static DataStream<Result> window(Plan plan, StreamExecutionEnvironment env) {
    return env.fromSource(
            new GeneratorSource<>(plan, (split, position) -> new TimedNumbers(plan, split, position)),
            WatermarkStrategy.forMonotonousTimestamps(),
            "numbers",
            NumberedSerializer.INSTANCE.info())
        .keyBy(record -> record.key, Types.LONG)
        .window(TumblingEventTimeWindows.of(WINDOW))
        .aggregate(
            new Aggregate(),
            new ShowWindow(),
            TotalSerializer.WITH_MAX.info(),
            TotalSerializer.WITH_MAX.info(),
            ResultSerializer.INSTANCE.info());
  }

  private static DataStream<Result> words(Plan plan, StreamExecutionEnvironment env) {
    return env.fromSource(
            new GeneratorSource<>(plan, (split, position) -> new Words(plan, split, position)),
            WatermarkStrategy.noWatermarks(),
            "words",
            WordedSerializer.INSTANCE.info())
        .keyBy(record -> record.word, Types.STRING)
        .process(new Counts(plan.shownEvery))
        .returns(ResultSerializer.INSTANCE.info());
  }

  private static DataStream<Result> latency(Plan plan, StreamExecutionEnvironment env) {
    return numbers(plan, env)
        .map(Jobs::stamp)
        .returns(StampedSerializer.INSTANCE.info())
        .keyBy(record -> record.key, Types.LONG)
        .process(new StampedTotals(plan.shownEvery))
        .returns(Types.LONG)
        .map(new Arrive(plan.board))
        .returns(ResultSerializer.INSTANCE.info());
  }

  private static Stamped stamp(Numbered record) {
    Stamped stamped = new Stamped();
    stamped.key = record.key;
    stamped.value = record.value;
    stamped.at = System.nanoTime();
    return stamped;
  }

  private static class Numbers implements GeneratorSource.Cursor<Numbered> {
    private final Numbered record = new Numbered();
    private final int keys;
    private int key;

    Numbers(Plan plan, int split, long position) {
      keys = plan.keys;
      key = Formula.key(split, position, keys);
    }

    final Numbered next(long position) {
      record.key = key;
      record.value = Formula.value(position);
      key = Formula.nextKey(key, keys);
      return record;
    }

    @Override
    public void emit(long position, ReaderOutput<Numbered> output) {
      output.collect(next(position));
    }
  }

  private static final class TimedNumbers extends Numbers {
    private final int recordsPerMs;

    TimedNumbers(Plan plan, int split, long position) {
      super(plan, split, position);
      recordsPerMs = plan.recordsPerMs;
    }

    @Override
    public void emit(long position, ReaderOutput<Numbered> output) {
      output.collect(next(position), Formula.time(position, recordsPerMs));
    }
  }

  private static final class Words implements GeneratorSource.Cursor<Worded> {
    private final Worded record = new Worded();
    private final String[] words = Formula.words();
    private int index;

    Words(Plan plan, int split, long position) {
      index = Formula.key(split, position, Formula.WORDS);
    }

    @Override
    public void emit(long position, ReaderOutput<Worded> output) {
      record.word = words[index];
      index = Formula.nextKey(index, Formula.WORDS);
      output.collect(record);
    }
  }

  private static final class Totals extends KeyedProcessFunction<Long, Numbered, Result> {
    private static final long serialVersionUID = 1;

    private final int shownEvery;
    private transient ValueState<Total> state;

    Totals(int shownEvery) {
      this.shownEvery = shownEvery;
    }

    @Override
    public void open(OpenContext context) {
      state = getRuntimeContext().getState(new ValueStateDescriptor<>("total", TotalSerializer.INSTANCE));
    }

    @Override
    public void processElement(Numbered record, Context context, Collector<Result> out) throws Exception {
      Total total = state.value();
      if (total == null) total = new Total();
      total.count += 1;
      total.sum += record.value;
      state.update(total);
      if (record.key % shownEvery == 0) out.collect(new Result(Long.toString(record.key), total.count, total.sum));
    }
  }

  private static final class StampedTotals extends KeyedProcessFunction<Long, Stamped, Long> {
    private static final long serialVersionUID = 1;

    private final int shownEvery;
    private transient ValueState<Total> state;

    StampedTotals(int shownEvery) {
      this.shownEvery = shownEvery;
    }

    @Override
    public void open(OpenContext context) {
      state = getRuntimeContext().getState(new ValueStateDescriptor<>("total", TotalSerializer.INSTANCE));
    }

    @Override
    public void processElement(Stamped record, Context context, Collector<Long> out) throws Exception {
      Total total = state.value();
      if (total == null) total = new Total();
      total.count += 1;
      total.sum += record.value;
      state.update(total);
      if (record.key % shownEvery == 0) out.collect(record.at);
    }
  }

  private static final class Arrive extends RichMapFunction<Long, Result> {
    private static final long serialVersionUID = 1;

    private final String file;
    private transient Board board;
    private transient int subtask;

    Arrive(String file) {
      this.file = file;
    }

    @Override
    public void open(OpenContext context) throws Exception {
      board = new Board(file);
      subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    }

    @Override
    public Result map(Long at) {
      long us = (System.nanoTime() - at) / 1_000;
      board.addLatency(subtask, us);
      return new Result("latency", us);
    }
  }

  private static final class Counts extends KeyedProcessFunction<String, Worded, Result> {
    private static final long serialVersionUID = 1;

    private final int shownEvery;
    private transient ValueState<Long> state;

    Counts(int shownEvery) {
      this.shownEvery = shownEvery;
    }

    @Override
    public void open(OpenContext context) {
      state = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
    }

    @Override
    public void processElement(Worded record, Context context, Collector<Result> out) throws Exception {
      Long before = state.value();
      long count = before == null ? 1 : before + 1;
      state.update(count);
      if (count % shownEvery == 0) out.collect(new Result(record.word, count));
    }
  }

  private static final class Aggregate implements AggregateFunction<Numbered, Total, Total> {
    private static final long serialVersionUID = 1;

    @Override
    public Total createAccumulator() {
      return new Total();
    }

    @Override
    public Total add(Numbered record, Total total) {
      total.count += 1;
      total.sum += record.value;
      total.max = Math.max(total.max, record.value);
      return total;
    }

    @Override
    public Total getResult(Total total) {
      return total;
    }

    @Override
    public Total merge(Total left, Total right) {
      throw new UnsupportedOperationException("tumbling windows are not merged");
    }
  }

  private static final class ShowWindow extends ProcessWindowFunction<Total, Result, Long, TimeWindow> {
    private static final long serialVersionUID = 1;

    @Override
    public void process(Long key, Context context, Iterable<Total> totals, Collector<Result> out) {
      String name = key + "@" + context.window().getStart();
      for (Total total : totals) out.collect(new Result(name, total.count, total.sum, total.max));
    }
  }
}
