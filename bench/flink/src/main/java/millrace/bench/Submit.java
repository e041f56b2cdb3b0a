package millrace.bench;

import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Submits a job to the cluster behind a REST port, and prints its id. Arguments: the port, then the words of the plan. */
public final class Submit {
  private Submit() {}

  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.set(DeploymentOptions.TARGET, "remote");
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.PORT, Integer.parseInt(arguments[0]));
    String[] words = new String[arguments.length - 1];
    System.arraycopy(arguments, 1, words, 0, words.length);
    Plan plan = new Plan(words);
    configuration.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration); // the usual one would be a cluster of its own
    env.setParallelism(plan.parallelism);
    env.setBufferTimeout(plan.bufferTimeoutMs);
    env.getConfig().enableObjectReuse();
    if (plan.checkpointIntervalMs > 0) env.enableCheckpointing(plan.checkpointIntervalMs);
    Jobs.define(plan, env);
    System.out.println(env.executeAsync("bench").getJobID());
    System.exit(0);
  }
}
