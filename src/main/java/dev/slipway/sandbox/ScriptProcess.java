package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the scripts of one run in its namespace. */
final class ScriptProcess {
  /** Where programs are in images. */
  private static final List<String> USUAL_PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private static final List<String> USUAL_SHELLS =
      List.of("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh", "/usr/bin/sh");

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
    boolean beside = view instanceof View.Beside;
    Map<String, String> environment = new HashMap<>(told);
    environment.put(
        "VIEW",
        switch (view) {
          case View.Beside _ -> "beside";
          case View.Inside _ -> "inside";
          case View.Above _ -> "above";
        });
    environment.put("STORE_DIR", "");
    run.store()
        .ifPresent(store -> {
          environment.put("STORE_DIR", store.storeDir());
          environment.put("STORE", folders(store));
        });
    environment.put("SHELLS", String.join(" ", beside ? List.of(script.shell()) : shells(script)));
    environment.put("SCRIPT_PATH", String.join(":", beside ? script.path() : path(script)));
    List<String> namespaces =
        new ArrayList<>(List.of("--pid", "--fork", "--kill-child=KILL", "--uts"));
    if (namespace.fakerootKey().isEmpty()) {
      namespaces.add("--ipc"); // Which is how fakeroot is spoken to.
    }
    switch (run.network()) {
      case NONE -> {
        environment.put("NETWORK", "none");
        namespaces.add("--net");
      }
      case HOST -> environment.put("NETWORK", "host");
    }
    Map<String, String> own = new LinkedHashMap<>(script.environment());
    own.putIfAbsent("HOME", "/homeless-shelter");
    for (String name : List.of("TMPDIR", "TEMPDIR", "TMP", "TEMP")) {
      own.putIfAbsent(name, view instanceof View.Inside ? "/dev/shm" : "/tmp");
    }
    List<String> arguments = new ArrayList<>();
    own.forEach((name, value) -> arguments.add(name + "=" + value));
    return namespace.program("script.sh", namespaces, environment, arguments);
  }

  /** The folders of the store that are there, or an empty one. */
  private String folders(Script.VisibleStore store) {
    List<String> there =
        store.folders().stream().filter(Files::isDirectory).map(Path::toString).toList();
    return there.isEmpty() ? home.resolve("lowers").toString() : String.join(":", there);
  }

  private boolean isInStore(String path) {
    return run.store().isPresent() && path.startsWith(run.store().get().storeDir() + "/");
  }

  /** The shells to try in a root directory of its own. */
  private List<String> shells(Script script) {
    return isInStore(script.shell()) ? List.of(script.shell()) : USUAL_SHELLS;
  }

  /** The search path in a root directory of its own. */
  private List<String> path(Script script) {
    List<String> path = new ArrayList<>(script.path().stream().filter(this::isInStore).toList());
    path.addAll(USUAL_PATH);
    return path;
  }
}
