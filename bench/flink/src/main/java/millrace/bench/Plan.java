package millrace.bench;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;

/** A job of the bench, as the words `name=value` that the bench starts it with. */
final class Plan implements Serializable {
  private static final long serialVersionUID = 1;

  final String job;
  final int keys;
  final int parallelism;
  final int shownEvery;
  /** Of event time. */
  final int recordsPerMs;
  /** Behind which a split ends; 0: it never does. */
  final long recordsPerSplit;
  /** Of one split; 0: as fast as it goes. */
  final long recordsPerSecond;
  /** 0: none. */
  final long checkpointIntervalMs;
  final long bufferTimeoutMs;
  /** The file by which the bench and the subtasks speak. */
  final String board;
  /** Where each committer writes what it commits; empty: nowhere. */
  final String output;

  Plan(String[] words) {
    Map<String, String> values = new HashMap<>();
    for (String word : words) {
      int at = word.indexOf('=');
      values.put(word.substring(0, at), word.substring(at + 1));
    }
    job = values.get("job");
    keys = Integer.parseInt(values.get("keys"));
    parallelism = Integer.parseInt(values.get("parallelism"));
    shownEvery = Integer.parseInt(values.get("shownEvery"));
    recordsPerMs = Integer.parseInt(values.get("recordsPerMs"));
    recordsPerSplit = Long.parseLong(values.get("recordsPerSplit"));
    recordsPerSecond = Long.parseLong(values.get("recordsPerSecond"));
    checkpointIntervalMs = Long.parseLong(values.get("checkpointIntervalMs"));
    bufferTimeoutMs = Long.parseLong(values.get("bufferTimeoutMs"));
    board = values.get("board");
    output = values.get("output");
  }
}
