package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is asked of the kernel, of folders that look as its hierarchies do. */
final class ControlGroupsTest {
  private static final OptionalLong MEMORY = OptionalLong.of(64 << 20);

  @TempDir private Path root;
  private Path own;

  @BeforeEach
  void makeOwn() throws IOException {
    own = root.resolve("own");
  }

  /** A group of version 2. */
  private Path group(String path, String handedDown) throws IOException {
    Path group = Files.createDirectories(root.resolve(path));
    Files.writeString(group.resolve("cgroup.controllers"), "cpu memory pids\n");
    Files.writeString(group.resolve("cgroup.subtree_control"), handedDown);
    Files.writeString(group.resolve("cgroup.procs"), "");
    return group;
  }

  private ControlGroups make(String line) throws IOException {
    Files.writeString(own, line + "\n");
    return ControlGroups.make(root, own, MEMORY);
  }

  /** Takes the files of groups away, as the kernel does with them, so that they can be removed. */
  private static void close(ControlGroups groups) throws IOException {
    for (String procs : groups.procs().split(" ", -1)) {
      Path group = Path.of(procs).getParent();
      try (DirectoryStream<Path> files = Files.newDirectoryStream(group)) {
        for (Path file : files) {
          Files.delete(file);
        }
      }
    }
    groups.close();
  }

  private static Path only(ControlGroups groups) {
    assertThat(groups.procs()).endsWith("/cgroup.procs").doesNotContain(" ");
    return Path.of(groups.procs()).resolveSibling("").normalize();
  }

  @Test
  void groupsAreMadeWhereTheNearestHandsControllersDown() throws Exception {
    group("", "memory pids\n");
    Path slice = group("user.slice/app.slice", "cpu memory pids\n");
    group("user.slice/app.slice/own.scope", "");
    ControlGroups groups = make("0::/user.slice/app.slice/own.scope");
    Path made = only(groups);
    assertThat(made.getParent()).isEqualTo(slice);
    assertThat(made.resolve("memory.max")).hasContent(Integer.toString(64 << 20));
    assertThat(made.resolve("pids.max")).hasContent("4096");
    assertThat(groups.boundMemory()).isTrue();
    close(groups);
    assertThat(made).doesNotExist();
  }

  @Test
  void oneThatRefusesIsPassedOver() throws Exception {
    group("", "memory pids\n");
    Path near = group("near", "memory pids\n");
    Files.delete(near.resolve("cgroup.procs")); // Nothing can be moved from below it.
    ControlGroups groups = make("0::/near/own");
    assertThat(only(groups).getParent()).isEqualTo(root);
    close(groups);
  }

  @Test
  void theRootIsToldToHandThemDown() throws Exception {
    group("", "");
    group("service", "cpu\n");
    ControlGroups groups = make("0::/service");
    assertThat(only(groups).getParent()).isEqualTo(root);
    assertThat(root.resolve("cgroup.subtree_control")).hasContent("+memory +pids");
    close(groups);
  }

  @Test
  void thereAreNoneWithoutControllers() throws Exception {
    Files.writeString(group("", "").resolve("cgroup.controllers"), "cpu pids\n");
    for (String line : List.of("0::/", "0::/../../elsewhere", "1:name=systemd:/")) {
      ControlGroups groups = make(line);
      assertThat(groups.procs()).as(line).isEmpty();
      assertThat(groups.boundMemory()).isFalse();
      assertThat(groups.killed()).isFalse();
    }
  }

  @Test
  void whoeverIsKilledCounts() throws Exception {
    group("", "memory pids\n");
    ControlGroups groups = make("0::/");
    Path events = only(groups).resolve("memory.events");
    Files.writeString(events, "low 0\noom 3\noom_kill 0\noom_group_kill 0\n");
    assertThat(groups.killed()).isFalse();
    Files.writeString(events, "low 0\noom 3\noom_kill 1\noom_group_kill 0\n");
    assertThat(groups.killed()).isTrue();
    close(groups);
  }

  @Test
  void groupsOfProcessesThatAreGoneAreRemoved() throws Exception {
    group("", "memory pids\n");
    Path stale = Files.createDirectory(root.resolve("slipway-999999999.1.1"));
    Path reused = Files.createDirectory(root.resolve("slipway-1.1.1"));
    Path other = Files.createDirectory(root.resolve("slipway-of-somebody"));
    ControlGroups mine = make("0::/");
    ControlGroups groups = make("0::/");
    assertThat(stale).doesNotExist();
    assertThat(reused).doesNotExist();
    assertThat(other).exists();
    assertThat(only(mine)).exists();
    close(groups);
    close(mine);
  }

  @Test
  void version1HasOneForEachController() throws Exception {
    Path memory = Files.createDirectories(root.resolve("memory/run/own"));
    Path pids = Files.createDirectories(root.resolve("pids"));
    ControlGroups groups = make("8:cpu,pids:/gone\n4:memory:/run/own\n0::/");
    List<Path> made =
        List.of(groups.procs().split(" ", -1)).stream().map(at -> Path.of(at).getParent()).toList();
    assertThat(made).extracting(Path::getParent).containsExactly(pids, memory);
    assertThat(made.getLast().resolve("memory.limit_in_bytes"))
        .hasContent(Integer.toString(64 << 20));
    close(groups);
    assertThat(memory).isEmptyDirectory();
  }
}
