package dev.slipway.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The program. */
public final class Main {
  private Main() {}

  /**
   * Runs the tool; see {@code --help}. Success ends the process by returning, as all threads that
   * may be left are daemons: asked to exit, the JDK first looks in all jars for a logger to tell.
   */
  public static void main(String[] arguments) {
    int status = run(arguments);
    if (status != 0) {
      System.exit(status);
    }
  }

  /** Runs the tool with the streams and the environment of this process. */
  static int run(String[] arguments) {
    if (arguments.length == 1 && arguments[0].equals("--version")) {
      // The one path on which nothing else is loaded.
      System.out.println(Version.LINE);
      if (System.out.checkError()) {
        System.err.println("slipway: standard output cannot be written");
        return Failures.FAILED;
      }
      return 0;
    }
    if (arguments.length > 0) {
      Ahead.begin(arguments[0]);
    }
    return run(List.of(arguments), System.getenv(), Streams.ofProcess(), InstantSource.system());
  }

  /**
   * Runs the tool.
   *
   * @param variables the environment
   * @return the exit status: 0 done, 1 it failed, 2 the command line or the image file is wrong
   */
  static int run(
      List<String> arguments, Map<String, String> variables, Streams streams, InstantSource clock) {
    try {
      Invocation invocation = Invocation.parse(arguments);
      if (invocation.has(OptionName.VERSION)) {
        streams.print(Version.LINE + "\n");
        return 0;
      }
      Environment environment =
          Environment.of(
              variables, System.getProperty("os.arch", ""), System.getProperty("user.home", ""));
      return run(invocation, environment, streams, clock);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      report(e, arguments, streams.err());
      return Failures.status(e);
    }
  }

  private static int run(
      Invocation invocation, Environment environment, Streams streams, InstantSource clock)
      throws IOException, InterruptedException {
    TemporaryFiles temporaryFiles = new TemporaryFiles(environment.temporaryFolder());
    Session session =
        new Session(
            environment,
            streams,
            clock,
            temporaryFiles,
            invocation.has(OptionName.QUIET) && !invocation.has(OptionName.VERBOSE),
            ScriptOptions.of(invocation),
            RegistryArguments.of(invocation));
    try (Ending ending = new Ending(temporaryFiles)) {
      return run(invocation, session, ending);
    }
  }

  private static int run(Invocation invocation, Session session, Ending ending)
      throws IOException, InterruptedException {
    try {
      Commands.run(invocation, session);
      session.temporaryFiles().close();
      return 0;
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      if (ending.hasBegun()) {
        // A signal ends the process, and this thread has stumbled over that. Nobody need know.
        return Failures.FAILED;
      }
      throw e;
    }
  }

  private static void report(Throwable failure, List<String> arguments, PrintStream err) {
    boolean verbose = arguments.contains("--verbose") || arguments.contains("-v");
    boolean quiet = arguments.contains("--quiet") || arguments.contains("-q");
    if (quiet && !verbose) {
      for (String line : Failures.log(failure)) {
        err.println(line);
      }
    }
    err.println("slipway: " + Failures.describe(failure));
    if (verbose) {
      failure.printStackTrace(err);
    }
  }
}
