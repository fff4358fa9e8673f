package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the scripts of one run in its namespace. */
final class ScriptProcess {
  /**
   * What {@code unshare} of util-linux before 2.40 fails with where the process that it waits for
   * was killed: it tries to have SIGKILL do what it does, which the kernel refuses for that signal.
   */
  private static final String KILLED = "unshare: sigprocmask unblock failed: Invalid argument";

  private final Namespace namespace;
  private final ControlGroups groups;
  private final Path home;
  private final SandboxSettings settings;
  private final ScriptRun run;
  private final Map<String, String> told;

  /**
   * @param groups bound what they take
   * @param home the folder of the run
   * @param told what programs are told
   */
  ScriptProcess(
      Namespace namespace,
      ControlGroups groups,
      Path home,
      SandboxSettings settings,
      ScriptRun run,
      Map<String, String> told) {
    this.namespace = namespace;
    this.groups = groups;
    this.home = home;
    this.settings = settings;
    this.run = run;
    this.told = told;
  }

  /**
   * Runs a script and waits for its end.
   *
   * @throws ScriptFailedException if it ends with another status than 0
   * @throws ScriptTimedOutException if it takes too long
   * @throws ImageException if what it is to see cannot be made
   */
  void run(Script script, View view) throws IOException, InterruptedException {
    Files.writeString(home.resolve("script"), script.text() + "\n");
    Path started = home.resolve("started");
    Files.deleteIfExists(started);
    Process process = builder(script, view).redirectErrorStream(true).start();
    boolean ended = false;
    try {
      process.getOutputStream().close();
      OutputLines output =
          new OutputLines(process.inputReader(StandardCharsets.UTF_8), settings.output());
      if (run.limits().time().isPresent()) {
        Duration time = run.limits().time().get();
        if (!process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS)) {
          process.destroyForcibly(); // Of which its child hears, who takes all others along.
          throw new ScriptTimedOutException(script.name(), time, output.last());
        }
      }
      int status = process.waitFor();
      ended = true;
      List<String> last = output.last();
      if (status == 1 && !last.isEmpty() && last.getLast().equals(KILLED)) {
        status = 137;
        last = last.subList(0, last.size() - 1);
      }
      if (!Files.exists(started)) {
        throw new ImageException(
            script.name() + " could not be started: " + Namespace.reason(last));
      }
      if (status != 0 && groups.killed()) {
        last = new ArrayList<>(last);
        last.add(
            "its memory of " + (run.limits().memoryBytes().orElse(0) >> 20) + " MiB is used up");
      }
      if (status != 0) {
        throw new ScriptFailedException(script.name(), status, last);
      }
    } finally {
      if (!ended) {
        process.destroyForcibly();
      }
    }
  }

  private ProcessBuilder builder(Script script, View view) {
    ScriptStart start = ScriptStart.of(run, script, view);
    Map<String, String> environment = new HashMap<>(told);
    environment.putAll(start.told());
    run.store().ifPresent(store -> environment.put("STORE", folders(store)));
    List<String> namespaces =
        new ArrayList<>(List.of("--pid", "--fork", "--kill-child=KILL", "--uts"));
    if (namespace.fakerootKey().isEmpty()) {
      namespaces.add("--ipc"); // Which is how fakeroot is spoken to.
    }
    if (run.network() == ScriptRun.Network.NONE) {
      namespaces.add("--net");
    }
    return namespace.program("script.sh", namespaces, environment, start.arguments());
  }

  /** The folders of the store that are there, or an empty one. */
  private String folders(Script.VisibleStore store) {
    List<String> there =
        store.folders().stream().filter(Files::isDirectory).map(Path::toString).toList();
    return there.isEmpty() ? home.resolve("lowers").toString() : String.join(":", there);
  }
}
