package millrace.bench;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;

/** Runs the main method of the class that the first argument names, and ends the JVM when its standard input does: the bench is gone. */
public final class EndsWithParent {
  private EndsWithParent() {}

  public static void main(String[] arguments) throws Exception {
    Thread watch = new Thread(EndsWithParent::haltAtEndOfInput, "ends with parent");
    watch.setDaemon(true);
    watch.start();
    String[] words = new String[arguments.length - 1];
    System.arraycopy(arguments, 1, words, 0, words.length);
    try {
      Class.forName(arguments[0]).getMethod("main", String[].class).invoke(null, (Object) words);
    } catch (InvocationTargetException thrown) {
      thrown.getCause().printStackTrace();
      System.exit(1);
    }
  }

  private static void haltAtEndOfInput() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException thrown) {
      // It is closed: that is its end.
    }
    Runtime.getRuntime().halt(1);
  }
}
