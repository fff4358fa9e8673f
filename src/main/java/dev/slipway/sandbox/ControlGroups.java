package dev.slipway.sandbox;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The control groups of one run, of version 2 or 1 (Linux, admin-guide/cgroup-v2.rst, cgroup-v1).
 * They bound the memory and the number of all processes in them together. Their names say which
 * process has made them, so that the next run removes those of one that was killed.
 */
final class ControlGroups implements Closeable {
  /** More than any script has a use for, and few enough for the machine to bear. */
  static final int MOST_PROCESSES = 4096;

  private static final Path ROOT = Path.of("/sys/fs/cgroup");
  private static final String PREFIX = "slipway-";

  /** How often a group is tried to be removed whose last processes are still going away. */
  private static final int ATTEMPTS = 200;

  private static final AtomicLong COUNT = new AtomicLong();

  /** The file that processes are moved by. */
  private static final String PROCS = "cgroup.procs";

  private static final List<String> CONTROLLERS = List.of("memory", "pids");
  private static final ControlGroups NONE = new ControlGroups(List.of(), Optional.empty());

  private final List<Path> groups;
  private final Optional<Path> memory;

  private ControlGroups(List<Path> groups, Optional<Path> memory) {
    this.groups = groups;
    this.memory = memory;
  }

  /**
   * The groups that this system allows, perhaps none.
   *
   * @param memoryBytes how much memory there is for all processes in them
   */
  static ControlGroups make(OptionalLong memoryBytes) throws IOException {
    return make(ROOT, Path.of("/proc/self/cgroup"), memoryBytes);
  }

  /**
   * The same of another hierarchy.
   *
   * @param root where it is mounted
   * @param own the file that says which of its groups this process is in
   */
  static ControlGroups make(Path root, Path own, OptionalLong memoryBytes) throws IOException {
    String name = PREFIX + process(ProcessHandle.current()) + "." + COUNT.incrementAndGet();
    if (!Files.exists(root.resolve("cgroup.controllers"))) {
      return makeOfVersion1(root, own, name, memoryBytes);
    }
    for (Path parent : parentsOfVersion2(root, own)) {
      ControlGroups groups = makeOfVersion2(parent, name, memoryBytes);
      if (!groups.groups.isEmpty()) {
        return groups;
      }
    }
    return handDown(root) ? makeOfVersion2(root, name, memoryBytes) : NONE;
  }

  private static ControlGroups makeOfVersion2(Path parent, String name, OptionalLong memoryBytes)
      throws IOException {
    List<Path> groups = new ArrayList<>();
    Optional<Path> memory = Optional.empty();
    try {
      removeStale(parent);
      Path group = Files.createDirectory(parent.resolve(name));
      groups.add(group);
      limit(group, "pids.max", MOST_PROCESSES);
      if (memoryBytes.isPresent()) {
        limit(group, "memory.max", memoryBytes.getAsLong());
        limitIfThere(group, "memory.swap.max", 0);
        memory = Optional.of(group.resolve("memory.events"));
      }
    } catch (IOException e) {
      // Refused, as to users who were delegated nothing: then there are none.
      new ControlGroups(groups, memory).close();
      return NONE;
    }
    return new ControlGroups(List.copyOf(groups), memory);
  }

  private static ControlGroups makeOfVersion1(
      Path root, Path own, String name, OptionalLong memoryBytes) throws IOException {
    List<Path> groups = new ArrayList<>();
    Optional<Path> memory = Optional.empty();
    try {
      Path pids = parentOfVersion1(root, own, "pids");
      removeStale(pids);
      groups.add(Files.createDirectory(pids.resolve(name)));
      limit(groups.getLast(), "pids.max", MOST_PROCESSES);
      if (memoryBytes.isPresent()) {
        Path parent = parentOfVersion1(root, own, "memory");
        removeStale(parent);
        Path group = Files.createDirectory(parent.resolve(name));
        groups.add(group);
        limit(group, "memory.limit_in_bytes", memoryBytes.getAsLong());
        limitIfThere(group, "memory.memsw.limit_in_bytes", memoryBytes.getAsLong());
        memory = Optional.of(group.resolve("memory.oom_control"));
      }
    } catch (IOException e) {
      // Refused, as to users.
      new ControlGroups(groups, memory).close();
      return NONE;
    }
    return new ControlGroups(List.copyOf(groups), memory);
  }

  private static String process(ProcessHandle process) {
    Instant start = process.info().startInstant().orElse(Instant.EPOCH);
    return process.pid() + "." + start.toEpochMilli();
  }

  /**
   * The groups from this process's own upwards that hand both controllers down and let this process
   * move others from below them, the nearest first. Those are mostly above its own: a group that
   * has processes hands nothing down, unless it is the machine's root.
   */
  private static List<Path> parentsOfVersion2(Path root, Path own) throws IOException {
    List<Path> parents = new ArrayList<>();
    for (String line : Files.readAllLines(own)) {
      if (line.startsWith("0::/")) {
        Path at = root.resolve(line.substring("0::/".length())).normalize();
        for (; at != null && at.startsWith(root); at = at.getParent()) {
          if (handed(at, "cgroup.subtree_control") && Files.isWritable(at.resolve(PROCS))) {
            parents.add(at);
          }
        }
      }
    }
    return parents;
  }

  /** Whether both controllers are in a list that a group has. */
  private static boolean handed(Path group, String list) throws IOException {
    Path file = group.resolve(list);
    return Files.exists(file)
        && List.of(Files.readString(file).strip().split(" ", -1)).containsAll(CONTROLLERS);
  }

  /**
   * Has the highest group hand both controllers down, as systemd does but not every init. To others
   * than root this is refused, and so it is in a container, whose root has processes.
   */
  private static boolean handDown(Path root) throws IOException {
    if (!handed(root, "cgroup.controllers") || !Files.isWritable(root.resolve(PROCS))) {
      return false;
    }
    try {
      Files.writeString(root.resolve("cgroup.subtree_control"), "+memory +pids");
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path parentOfVersion1(Path root, Path own, String controller) throws IOException {
    Path top = root.resolve(controller);
    for (String line : Files.readAllLines(own)) {
      String[] parts = line.split(":", 3);
      if (List.of(parts[1].split(",", -1)).contains(controller)) {
        Path group = top.resolve(parts[2].substring(1)).normalize();
        return group.startsWith(top) && Files.isDirectory(group) ? group : top;
      }
    }
    return top;
  }

  private static void limit(Path group, String file, long value) throws IOException {
    Files.writeString(group.resolve(file), Long.toString(value));
  }

  private static void limitIfThere(Path group, String file, long value) throws IOException {
    if (Files.exists(group.resolve(file))) {
      limit(group, file, value);
    }
  }

  private static void removeStale(Path parent) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path entry : entries) {
        if (!isAlive(entry.getFileName().toString())) {
          try {
            Files.delete(entry);
          } catch (IOException e) {
            // Another has been faster, or something of it is still going away.
          }
        }
      }
    }
  }

  private static boolean isAlive(String name) {
    String[] parts = name.substring(PREFIX.length()).split("\\.", -1);
    try {
      Optional<ProcessHandle> maker = ProcessHandle.of(Long.parseLong(parts[0]));
      return maker.isPresent() && name.startsWith(PREFIX + process(maker.get()) + ".");
    } catch (NumberFormatException e) {
      return true; // Not one of these.
    }
  }

  /** Whether memory is bounded. */
  boolean boundMemory() {
    return memory.isPresent();
  }

  /** The files that a process joins them by. */
  String procs() {
    return String.join(" ", groups.stream().map(group -> group.resolve(PROCS).toString()).toList());
  }

  /** Whether a process in them was killed because the memory was used up. */
  boolean killed() throws IOException {
    if (memory.isEmpty()) {
      return false;
    }
    for (String line : Files.readAllLines(memory.get())) {
      if (line.startsWith("oom_kill ") && !line.equals("oom_kill 0")) {
        return true;
      }
    }
    return false;
  }

  /** Removes them; all that was in them must have ended. */
  @Override
  public void close() throws IOException {
    for (Path group : groups) {
      for (int attempt = 1; Files.exists(group); attempt++) {
        try {
          Files.delete(group);
        } catch (IOException e) {
          if (attempt == ATTEMPTS) {
            throw e;
          }
          try {
            Thread.sleep(5);
          } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            return; // The next run removes it.
          }
        }
      }
    }
  }
}
