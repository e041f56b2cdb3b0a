// Flink's own REST client against a cluster of Millrace: each step is one call of it, and its answer is read by Flink's own classes. One line a step; exit code 1
// if one fails. The token is in FLINK_REST_CLIENT_HEADERS, which Flink's client sends by itself.
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.ClientUtils;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.ConfigConstants;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.core.execution.RecoveryClaimMode;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.rest.FileUpload;
import org.apache.flink.runtime.rest.RestClient;
import org.apache.flink.runtime.rest.messages.*;
import org.apache.flink.runtime.rest.messages.checkpoints.*;
import org.apache.flink.runtime.rest.messages.job.*;
import org.apache.flink.runtime.rest.messages.taskmanager.*;
import org.apache.flink.runtime.webmonitor.handlers.*;

public class FlinkClient {
  private static int failures = 0;
  private static RestClient rest;
  private static String host;
  private static int port;

  public static void main(String[] args) {
    try {
      run(args);
    } catch (Exception error) {
      failures += 1; // what a step that failed did not answer
      System.out.println("FAILED  " + sentenceOf(error));
    }
    System.out.println(failures == 0 ? "all steps passed" : failures + " steps failed");
    System.exit(failures == 0 ? 0 : 1);
  }

  private static void run(String[] args) throws Exception {
    host = args[0].split(":")[0];
    port = Integer.parseInt(args[0].split(":")[1]);
    Path artifact = Path.of(args[1]).toAbsolutePath();
    Configuration configuration = new Configuration();
    configuration.set(JobManagerOptions.ADDRESS, host);
    configuration.set(JobManagerOptions.PORT, port);
    configuration.set(RestOptions.ADDRESS, host);
    configuration.set(RestOptions.PORT, port);
    rest = new RestClient(configuration, Executors.newSingleThreadExecutor());
    try (RestClusterClient<StandaloneClusterId> client =
        new RestClusterClient<>(configuration, StandaloneClusterId.getInstance())) {
      cluster(client);
      String jar = step("upload an artifact", () -> upload(artifact));
      jars(jar);
      JobID job = step("run it", () -> run(jar, null));
      running(client, job);
      details(client, job);
      String savepoint = savepoints(client, job);
      step("run it from the savepoint", () -> cancelled(client, run(jar, savepoint)));
      step("run it, and cancel it with a savepoint", () -> cancelledWithSavepoint(client, run(jar, null)));
      refusals(client, jar);
      step("dispose the savepoint", () -> client.disposeSavepoint(savepoint).get());
      step("delete the artifact", () -> get(JarDeleteHeaders.getInstance(), Map.of("jarid", jar)));
    }
  }

  // ---- What there is

  private static void cluster(RestClusterClient<?> client) {
    step("cluster overview", () -> client.getClusterOverview().get());
    step("list jobs", () -> client.listJobs().get());
    step("dashboard configuration", () -> get(DashboardConfigurationHeaders.getInstance()).getFlinkVersion());
    step("cluster configuration", () -> get(ClusterConfigurationInfoHeaders.getInstance()).size() + " entries");
    TaskManagersInfo all = step("TaskManagers", () -> get(TaskManagersHeaders.getInstance()));
    step("one TaskManager", () -> get(TaskManagerDetailsHeaders.getInstance(), Map.of("taskmanagerid", all.getTaskManagerInfos().iterator().next().getResourceId().getResourceIdString())));
  }

  private static void jars(String jar) {
    step("list artifacts", () -> get(JarListHeaders.getInstance()).jarFileList.get(0).name);
    step("plan of the artifact", () -> send(JarPlanGetHeaders.getInstance(), Map.of("jarid", jar), new JarPlanRequestBody()).getPlan().getName());
  }

  private static void running(RestClusterClient<?> client, JobID job) {
    step("wait until it runs", () -> until(client, job, JobStatus.RUNNING));
    step("list jobs", () -> client.listJobs().get().stream().filter(one -> one.getJobId().equals(job)).findFirst().orElseThrow());
    step("jobs overview", () -> get(JobsOverviewHeaders.getInstance()).getJobs().size() + " jobs");
    step("job ids", () -> get(JobIdsWithStatusesOverviewHeaders.getInstance()).getJobsWithStatus().size() + " jobs");
    step("accumulators", () -> client.getAccumulators(job).get());
  }

  private static void details(RestClusterClient<?> client, JobID job) {
    JobDetailsInfo details = step("job details", () -> client.getJobDetails(job).get());
    step("plan", () -> get(JobPlanHeaders.getInstance(), inJob(job)).getPlan().getNodes().size() + " nodes");
    step("job configuration", () -> get(JobConfigHeaders.getInstance(), inJob(job)).getJobName());
    step("exceptions", () -> get(JobExceptionsHeaders.getInstance(), inJob(job)).getExceptionHistory().getEntries().size() + " entries");
    for (JobDetailsInfo.JobVertexDetailsInfo vertex : details.getJobVertexInfos()) {
      JobVertexID id = vertex.getJobVertexID();
      step("vertex " + vertex.getName(), () -> get(JobVertexDetailsHeaders.getInstance(), inVertex(job, id)));
      step("its subtask times", () -> get(SubtasksTimesHeaders.getInstance(), inVertex(job, id)));
      step("its TaskManagers", () -> get(JobVertexTaskManagersHeaders.getInstance(), inVertex(job, id)));
      step("its accumulators", () -> get(JobVertexAccumulatorsHeaders.getInstance(), inVertex(job, id)));
      step("its subtasks' accumulators", () -> get(SubtasksAllAccumulatorsHeaders.getInstance(), inVertex(job, id)));
      step("its backpressure", () -> get(JobVertexBackPressureHeaders.getInstance(), inVertex(job, id)).getStatus());
      step("its first subtask", () -> get(SubtaskCurrentAttemptDetailsHeaders.getInstance(), Map.of("jobid", job, "vertexid", id, "subtaskindex", 0)).getStatus());
    }
  }

  // ---- What changes something

  private static String savepoints(RestClusterClient<?> client, JobID job) {
    step("wait for a checkpoint", () -> until(() -> statistics(job).getCounts().getNumberCompletedCheckpoints() > 0));
    CheckpointingStatistics statistics = step("checkpoints", () -> statistics(job));
    step("checkpoint configuration", () -> get(CheckpointConfigHeaders.getInstance(), inJob(job)).getClass().getSimpleName());
    step("one checkpoint", () -> get(CheckpointStatisticDetailsHeaders.getInstance(), Map.of("jobid", job, "checkpointid", statistics.getLatestCheckpoints().getCompletedCheckpointStatistics().getId())).getStatus());
    step("checkpoint on demand", () -> client.triggerCheckpoint(job, CheckpointType.FULL).get(30, TimeUnit.SECONDS));
    step("savepoint", () -> client.triggerSavepoint(job, null, SavepointFormatType.CANONICAL).get(30, TimeUnit.SECONDS));
    String location = step("stop with a savepoint", () -> client.stopWithSavepoint(job, false, null, SavepointFormatType.DEFAULT).get(30, TimeUnit.SECONDS));
    step("status of what was stopped", () -> client.getJobStatus(job).get());
    refused("a savepoint of a job that is over", "is FINISHED", () -> client.triggerSavepoint(job, null, SavepointFormatType.CANONICAL).get(30, TimeUnit.SECONDS));
    step("its result", () -> client.requestJobResult(job).get(30, TimeUnit.SECONDS));
    return location;
  }

  private static Object cancelled(RestClusterClient<?> client, JobID job) throws Exception {
    until(client, job, JobStatus.RUNNING);
    step("cancel", () -> client.cancel(job).get());
    return until(client, job, JobStatus.CANCELED);
  }

  private static Object cancelledWithSavepoint(RestClusterClient<?> client, JobID job) throws Exception {
    until(() -> statistics(job).getCounts().getNumberCompletedCheckpoints() > 0); // all its tasks run
    step("cancel with a savepoint", () -> client.cancelWithSavepoint(job, null, SavepointFormatType.DEFAULT).get(30, TimeUnit.SECONDS));
    return until(client, job, JobStatus.CANCELED);
  }

  /** What Millrace does not have must be one sentence, which Flink's client shows. */
  private static void refusals(RestClusterClient<?> client, String jar) {
    refused("an unknown job", "not found", () -> client.getJobDetails(new JobID()).get());
    refused("a checkpoint of an unknown job", "not found", () -> client.triggerCheckpoint(new JobID(), CheckpointType.CONFIGURED).get(30, TimeUnit.SECONDS));
    refused("a Java job", "millrace bundle", () -> client.submitJob(new JobGraph("java")).get(30, TimeUnit.SECONDS));
    refused("program arguments", "Program arguments are not supported", () -> runWith(jar, new JarRunRequestBody(null, List.of("--x"), null, null, null, null, null, null)));
    refused("a savepoint that is none", "is no savepoint", () -> run(jar, "file:/nothing"));
  }

  private static String upload(Path artifact) throws Exception {
    JarUploadResponseBody answer =
        rest.sendRequest(host, port, withToken(JarUploadHeaders.getInstance()), EmptyMessageParameters.getInstance(), EmptyRequestBody.getInstance(),
            List.of(new FileUpload(artifact, "application/x-java-archive"))).get(30, TimeUnit.SECONDS);
    return Path.of(answer.getFilename()).getFileName().toString();
  }

  private static JobID run(String jar, String savepoint) throws Exception {
    return runWith(jar, new JarRunRequestBody(null, null, null, null, false, savepoint, savepoint == null ? null : RecoveryClaimMode.NO_CLAIM, null));
  }

  private static JobID runWith(String jar, JarRunRequestBody body) throws Exception {
    return send(JarRunHeaders.getInstance(), Map.of("jarid", jar), body).getJobId();
  }

  // ---- Calls

  private static CheckpointingStatistics statistics(JobID job) throws Exception {
    return get(CheckpointingStatisticsHeaders.getInstance(), inJob(job));
  }

  private static Map<String, Object> inJob(JobID job) {
    return Map.of("jobid", job);
  }

  private static Map<String, Object> inVertex(JobID job, JobVertexID vertex) {
    return Map.of("jobid", job, "vertexid", vertex);
  }

  private static <P extends ResponseBody> P get(MessageHeaders<EmptyRequestBody, P, ?> headers) throws Exception {
    return get(headers, Map.of());
  }

  private static <P extends ResponseBody> P get(MessageHeaders<EmptyRequestBody, P, ?> headers, Map<String, Object> path) throws Exception {
    return send(headers, path, EmptyRequestBody.getInstance());
  }

  private static <R extends RequestBody, P extends ResponseBody, U extends MessageParameters> P send(MessageHeaders<R, P, U> headers, Map<String, Object> path, R body) throws Exception {
    U parameters = headers.getUnresolvedMessageParameters();
    for (MessagePathParameter<?> one : parameters.getPathParameters()) {
      one.resolveFromString(String.valueOf(path.get(one.getKey())));
    }
    return rest.sendRequest(host, port, withToken(headers), parameters, body).get(30, TimeUnit.SECONDS);
  }

  /** RestClusterClient adds these to what it sends; a RestClient by itself adds none. */
  private static <R extends RequestBody, P extends ResponseBody, U extends MessageParameters> MessageHeaders<R, P, U> withToken(MessageHeaders<R, P, U> headers) {
    CustomHeadersDecorator<R, P, U> decorated = new CustomHeadersDecorator<>(headers);
    decorated.setCustomHeaders(ClientUtils.readHeadersFromEnvironmentVariable(ConfigConstants.FLINK_REST_CLIENT_HEADERS));
    return decorated;
  }

  // ---- Steps

  private static JobStatus until(RestClusterClient<?> client, JobID job, JobStatus wanted) throws Exception {
    until(() -> client.getJobStatus(job).get() == wanted);
    return wanted;
  }

  private static Object until(Callable<Boolean> holds) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!holds.call()) {
      if (System.nanoTime() > end) throw new IllegalStateException("not within 30 s");
      Thread.sleep(50);
    }
    return "";
  }

  private static <T> T step(String name, Callable<T> call) {
    try {
      T answer = call.call();
      System.out.printf("ok      %-28s %s%n", name, shown(answer));
      return answer;
    } catch (Throwable error) {
      failures += 1;
      System.out.printf("FAILED  %-28s %s%n", name, sentenceOf(error));
      return null;
    }
  }

  private static void refused(String name, String sentence, Callable<?> call) {
    try {
      Object answer = call.call();
      failures += 1;
      System.out.printf("FAILED  %-28s not refused: %s%n", name, answer);
    } catch (Throwable error) {
      boolean isClear = sentenceOf(error).contains(sentence);
      if (!isClear) failures += 1;
      System.out.printf("%-7s %-28s %s%n", isClear ? "refused" : "FAILED", name, sentenceOf(error));
    }
  }

  private static String sentenceOf(Throwable error) {
    Throwable last = error;
    while (last.getCause() != null && last.getCause() != last) last = last.getCause();
    return (last.getClass().getSimpleName() + ": " + last.getMessage()).replaceAll("\\s+", " ");
  }

  private static String shown(Object answer) {
    if (answer instanceof Collection<?> all) return all.size() + " of them";
    String text = String.valueOf(answer).replaceAll("^org\\.apache.*\\.([A-Za-z$]+)@.*", "$1").replaceAll("\\s+", " ");
    return text.length() > 70 ? text.substring(0, 70) + "…" : text;
  }
}
