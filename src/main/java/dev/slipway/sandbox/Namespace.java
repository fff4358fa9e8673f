package dev.slipway.sandbox;

import dev.slipway.oci.ImageException;
import dev.slipway.sandbox.Ladder.Ids;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The mount and PID namespaces of one run. They are held by a process that ends when its input
 * does, and so with whoever runs this, however that ends; all that was ever started in there ends
 * with it, and what was mounted is gone.
 */
final class Namespace implements Closeable {
  private static final List<Path> USUAL_PLACES =
      List.of(
          Path.of("/usr/sbin"),
          Path.of("/usr/bin"),
          Path.of("/sbin"),
          Path.of("/bin"),
          Path.of("/run/current-system/sw/bin"));

  private final Path folder;
  private final Ids ids;
  private final Process holder;
  private final String pid;
  private final boolean overlay;
  private final String fakerootKey;

  private Namespace(
      Path folder, Ids ids, Process holder, String pid, boolean overlay, String fakerootKey) {
    this.folder = folder;
    this.ids = ids;
    this.holder = holder;
    this.pid = pid;
    this.overlay = overlay;
    this.fakerootKey = fakerootKey;
  }

  /** What makes a namespace in which these ids are there. */
  static List<String> unshare(Ids ids) {
    List<String> command = new ArrayList<>(List.of("unshare"));
    switch (ids) {
      case ALL -> {}
      case RANGE -> command.addAll(List.of("--user", "--map-root-user", "--map-auto"));
      case ONE -> command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(List.of("--mount", "--propagation", "private"));
    return command;
  }

  /**
   * Makes the place of a run.
   *
   * @param folder the folder of the run, with the programs in it
   * @param environment what {@code hold.sh} asks for
   * @param warnings hears what it had to do without
   * @throws ImageException if this system refuses
   */
  static Namespace open(
      Path folder, Ids ids, Map<String, String> environment, Consumer<String> warnings)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(unshare(ids));
    command.addAll(List.of("--ipc", "--pid", "--fork", "--kill-child=KILL", "sh"));
    command.add(folder.resolve("programs/hold.sh").toString());
    Process holder = builder(folder, command, environment).start();
    boolean ready = false;
    try {
      OutputLines complaints = new OutputLines(holder.errorReader(StandardCharsets.UTF_8), _ -> {});
      BufferedReader said = holder.inputReader(StandardCharsets.UTF_8);
      boolean overlay = false;
      String fakerootKey = "";
      String line = said.readLine();
      while (line != null && !line.startsWith("ready ")) {
        overlay |= line.equals("overlay");
        if (line.startsWith("fakeroot ")) {
          fakerootKey = line.substring("fakeroot ".length());
        }
        if (line.startsWith("warning ")) {
          warnings.accept(line.substring("warning ".length()));
        }
        line = said.readLine();
      }
      if (line == null) {
        holder.waitFor();
        throw new ImageException(
            "the place for a script could not be made: " + reason(complaints.last()));
      }
      ready = true;
      return new Namespace(
          folder, ids, holder, line.substring("ready ".length()), overlay, fakerootKey);
    } finally {
      if (!ready) {
        holder.destroyForcibly();
      }
    }
  }

  /** What a program said last that says what was wrong. */
  static String reason(List<String> lines) {
    for (String line : lines.reversed()) {
      if (!line.isBlank() && !line.contains("xiting") && !line.contains("dmesg(1)")) {
        return line.strip();
      }
    }
    return "nothing was said of why";
  }

  /** A process with a clean environment. */
  static ProcessBuilder builder(
      Path folder, List<String> command, Map<String, String> environment) {
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> own = builder.environment();
    String path = searchPath(USUAL_PLACES, own.getOrDefault("PATH", ""));
    own.clear();
    own.put("PATH", path);
    own.put("LC_ALL", "C");
    own.put("RUN", folder.toString());
    own.putAll(environment);
    return builder;
  }

  /**
   * Where programs are looked for: what systems have at the usual places goes first. A place with
   * one program is that of a system whose programs are elsewhere, and goes last: Nix has nothing
   * but a shell there, in whose place its sandbox may have a busybox that has all programs built
   * in, and not as they are needed.
   *
   * @param usual the usual places
   * @param path the caller's {@code PATH}
   */
  static String searchPath(List<Path> usual, String path) {
    List<String> places = new ArrayList<>();
    List<String> last = new ArrayList<>();
    for (Path place : usual) {
      (hasSeveral(place) ? places : last).add(place.toString());
    }
    places.add(path);
    places.addAll(last);
    return String.join(":", places);
  }

  private static boolean hasSeveral(Path place) {
    try (DirectoryStream<Path> programs = Files.newDirectoryStream(place)) {
      Iterator<Path> entries = programs.iterator();
      if (!entries.hasNext()) {
        return false;
      }
      entries.next();
      return entries.hasNext();
    } catch (IOException | DirectoryIteratorException e) {
      return false; // Nothing can be found there.
    }
  }

  /** Whether overlayfs works in there. */
  boolean hasOverlay() {
    return overlay;
  }

  /** By what programs that fakeroot records find it; empty if there is none. */
  String fakerootKey() {
    return fakerootKey;
  }

  /**
   * What is to be started to run one of the programs in here.
   *
   * @param namespaces options of {@code unshare} for namespaces of its own, beside that of mounts
   */
  ProcessBuilder program(
      String name,
      List<String> namespaces,
      Map<String, String> environment,
      List<String> arguments) {
    // A session of its own has no terminal: the caller's would take what is typed from a script.
    List<String> command = new ArrayList<>(List.of("setsid", "nsenter", "--target", pid));
    if (ids != Ids.ALL) {
      command.addAll(List.of("--user", "--preserve-credentials"));
    }
    // What it starts in there has to end when it does, which is what is ended from out here.
    command.addAll(List.of("--mount", "--ipc", "--pid", "setpriv", "--pdeathsig", "KILL"));
    command.addAll(List.of("unshare", "--mount", "--propagation", "private"));
    command.addAll(namespaces);
    command.add("sh");
    command.add(folder.resolve("programs").resolve(name).toString());
    command.addAll(arguments);
    return builder(folder, command, environment);
  }

  /** Ends all that goes on in there, and waits for that. */
  @Override
  public void close() throws IOException {
    holder.getOutputStream().close();
    boolean interrupted = false;
    while (true) {
      try {
        holder.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        holder.destroyForcibly();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
