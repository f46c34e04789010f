// StateFun's runtime in one process: Flink's local cluster. Arguments: parallelism, then settings as name=value.
import org.apache.flink.statefun.flink.harness.Harness;

public final class StateFunHarness {
  public static void main(String[] args) throws Exception {
    Harness harness = new Harness().withParallelism(Integer.parseInt(args[0]));
    for (int n = 1; n < args.length; n++) {
      int equals = args[n].indexOf('=');
      harness.withConfiguration(args[n].substring(0, equals), args[n].substring(equals + 1));
    }
    harness.start();
  }
}
