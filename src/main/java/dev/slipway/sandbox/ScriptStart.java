package dev.slipway.sandbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How {@code script.sh} starts a script.
 *
 * @param told what it is told of the script, as variables
 * @param arguments its arguments: the script's own environment
 */
record ScriptStart(Map<String, String> told, List<String> arguments) {
  /** Where programs are in images. */
  private static final List<String> USUAL_PATH =
      List.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin");

  private static final List<String> USUAL_SHELLS =
      List.of("/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/bin/sh", "/usr/bin/sh");

  /** Takes copies. */
  ScriptStart {
    told = Map.copyOf(told);
    arguments = List.copyOf(arguments);
  }

  /**
   * One of the scripts of a run.
   *
   * @param view what it sees
   */
  static ScriptStart of(ScriptRun run, Script script, View view) {
    String storeDir = run.store().map(Script.VisibleStore::storeDir).orElse("");
    boolean beside = view instanceof View.Beside;
    Map<String, String> told = new LinkedHashMap<>();
    told.put(
        "VIEW",
        switch (view) {
          case View.Beside _ -> "beside";
          case View.Inside _ -> "inside";
          case View.Above _ -> "above";
        });
    told.put("STORE_DIR", storeDir);
    told.put(
        "NETWORK",
        switch (run.network()) {
          case NONE -> "none";
          case HOST -> "host";
        });
    List<String> shells = List.of(script.shell());
    List<String> path = new ArrayList<>(script.path());
    if (!beside) {
      // In a root directory of its own, it has what the store has and what images usually have.
      shells = isIn(storeDir, script.shell()) ? shells : USUAL_SHELLS;
      path.removeIf(folder -> !isIn(storeDir, folder));
      path.addAll(USUAL_PATH);
    }
    told.put("SHELLS", String.join(" ", shells));
    told.put("SCRIPT_PATH", String.join(":", path));
    Map<String, String> own = new TreeMap<>(script.environment());
    own.putIfAbsent("HOME", "/homeless-shelter");
    for (String name : List.of("TMPDIR", "TEMPDIR", "TMP", "TEMP")) {
      own.putIfAbsent(name, view instanceof View.Inside ? "/dev/shm" : "/tmp");
    }
    List<String> arguments = new ArrayList<>();
    own.forEach((name, value) -> arguments.add(name + "=" + value));
    return new ScriptStart(told, arguments);
  }

  private static boolean isIn(String storeDir, String path) {
    return !storeDir.isEmpty() && path.startsWith(storeDir + "/");
  }
}
