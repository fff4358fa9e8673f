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
    String name = PREFIX + process(ProcessHandle.current()) + "." + COUNT.incrementAndGet();
    List<Path> groups = new ArrayList<>();
    Optional<Path> memory = Optional.empty();
    try {
      if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
        Optional<Path> parent = parentOfVersion2();
        if (parent.isPresent()) {
          removeStale(parent.get());
          Path group = Files.createDirectory(parent.get().resolve(name));
          groups.add(group);
          limit(group, "pids.max", MOST_PROCESSES);
          if (memoryBytes.isPresent()) {
            limit(group, "memory.max", memoryBytes.getAsLong());
            limitIfThere(group, "memory.swap.max", 0);
            memory = Optional.of(group.resolve("memory.events"));
          }
        }
      } else {
        Path pids = parentOfVersion1("pids");
        removeStale(pids);
        groups.add(Files.createDirectory(pids.resolve(name)));
        limit(groups.getLast(), "pids.max", MOST_PROCESSES);
        if (memoryBytes.isPresent()) {
          Path parent = parentOfVersion1("memory");
          removeStale(parent);
          Path group = Files.createDirectory(parent.resolve(name));
          groups.add(group);
          limit(group, "memory.limit_in_bytes", memoryBytes.getAsLong());
          limitIfThere(group, "memory.memsw.limit_in_bytes", memoryBytes.getAsLong());
          memory = Optional.of(group.resolve("memory.oom_control"));
        }
      }
    } catch (IOException e) {
      // Refused, as to users who were delegated nothing: then there are none.
      new ControlGroups(groups, memory).close();
      return new ControlGroups(List.of(), Optional.empty());
    }
    return new ControlGroups(List.copyOf(groups), memory);
  }

  private static String process(ProcessHandle process) {
    Instant start = process.info().startInstant().orElse(Instant.EPOCH);
    return process.pid() + "." + start.toEpochMilli();
  }

  /** The nearest group above this process's own that hands both controllers down. */
  private static Optional<Path> parentOfVersion2() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      if (line.startsWith("0::/")) {
        Path own = ROOT.resolve(line.substring("0::/".length()));
        for (Path at = own; at != null && at.startsWith(ROOT); at = at.getParent()) {
          Path control = at.resolve("cgroup.subtree_control");
          if (Files.exists(control)) {
            List<String> handed = List.of(Files.readString(control).strip().split(" ", -1));
            if (handed.contains("memory") && handed.contains("pids")) {
              return Optional.of(at);
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Path parentOfVersion1(String controller) throws IOException {
    Path top = ROOT.resolve(controller);
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      String[] parts = line.split(":", 3);
      if (List.of(parts[1].split(",", -1)).contains(controller)) {
        Path own = top.resolve(parts[2].substring(1));
        return Files.isDirectory(own) ? own : top;
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
    return String.join(
        " ", groups.stream().map(group -> group.resolve("cgroup.procs").toString()).toList());
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
