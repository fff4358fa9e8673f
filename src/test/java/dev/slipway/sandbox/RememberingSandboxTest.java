package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.files.DirectoryEntry;
import dev.slipway.files.RawName;
import dev.slipway.layer.Content;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.oci.DiffId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RememberingSandboxTest {
  private static final Script SCRIPT = script("echo", "/bin/true", Map.of("A", "b"));

  @TempDir private Path work;
  private Path results;
  private Path temporary;
  private long room = SandboxSettings.CACHE_BYTES;
  private int runs;
  private final List<String> warnings = new ArrayList<>();
  private String kind = "some";

  @BeforeEach
  void makeFolders() throws IOException {
    temporary = Files.createDirectory(work.resolve("tmp"));
    results = work.resolve("results");
  }

  private static Script script(String text, String shell, Map<String, String> environment) {
    return new Script("a script", text, shell, List.of("/bin"), environment);
  }

  private static ScriptRun run(Script script, View view, String beginning, long disk) {
    return new ScriptRun(
        script,
        view,
        out -> out.write(ByteBuffer.wrap(beginning.getBytes(StandardCharsets.UTF_8))),
        Optional.empty(),
        Optional.empty(),
        new ScriptRun.Limits(OptionalLong.of(disk), OptionalLong.empty(), Optional.empty()),
        ScriptRun.Network.NONE);
  }

  /** All that a tree may have in it. */
  private static TreeNode.Directory tree(int fill) {
    TreeMap<RawName, TreeNode> children = new TreeMap<>();
    byte[] large = new byte[100_000];
    large[7] = (byte) fill;
    Map<String, RawName> xattrs = Map.of("user.note", RawName.of("a=b\n"));
    children.put(RawName.of("file"), new TreeNode.Regular(04755, 1, 2, xattrs, Content.of(large)));
    children.put(RawName.of(".wh.gone"), new TreeNode.Regular(0644, 0, 0, Content.of(new byte[0])));
    children.put(RawName.of("null"), new TreeNode.Device(false, 0666, 0, 0, 1, 3));
    children.put(RawName.of("link"), new TreeNode.Symlink(5, 6, RawName.of("a//b/")));
    children.put(RawName.of("pipe"), new TreeNode.Fifo(0600, 70_000, 3_000_000));
    children.put(RawName.of("dir"), new TreeNode.Directory(01777, 0, 9, new TreeMap<>()));
    return new TreeNode.Directory(0750, 3, 4, children);
  }

  private static DiffId diffId(TreeNode.Directory tree) throws IOException {
    try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
      return measurer
          .measure(new TreeLayer(tree, 0), Channels.newChannel(new ByteArrayOutputStream()))
          .diffId();
    }
  }

  /** The diff ID of what comes of a run. */
  private DiffId result(ScriptRun run) throws Exception {
    Sandbox sandbox = _ -> new Changeset(tree(++runs), () -> {});
    RememberingSandbox remembering =
        new RememberingSandbox(sandbox, kind, results, temporary, room, warnings::add);
    try (Changeset changes = remembering.run(run)) {
      return diffId(changes.tree());
    }
  }

  @Test
  void anotherSandboxMayLeaveSomethingElse() throws Exception {
    ScriptRun run = run(SCRIPT, new View.Beside(), "tree", 1);
    assertThat(result(run)).isEqualTo(diffId(tree(1)));
    kind = "other";
    assertThat(result(run)).isEqualTo(diffId(tree(2)));
    kind = "some";
    assertThat(result(run)).isEqualTo(diffId(tree(1)));
  }

  @Test
  void whatIsKnownIsGivenAgain() throws Exception {
    ScriptRun run = run(SCRIPT, new View.Beside(), "tree", 1);
    assertThat(List.of(result(run), result(run), result(run))).containsOnly(diffId(tree(1)));
    assertThat(runs).isOne();
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void whateverIsDifferentCounts() throws Exception {
    result(run(SCRIPT, new View.Beside(), "tree", 1));
    result(run(script("other", "/bin/true", Map.of("A", "b")), new View.Beside(), "tree", 1));
    result(run(script("echo", "/bin/false", Map.of("A", "b")), new View.Beside(), "tree", 1));
    result(run(script("echo", "/bin/true", Map.of("A", "c")), new View.Beside(), "tree", 1));
    result(run(SCRIPT, new View.Inside(), "tree", 1));
    result(run(SCRIPT, new View.Above(List.of()), "tree", 1));
    result(run(SCRIPT, new View.Beside(), "another tree", 1));
    result(run(SCRIPT, new View.Beside(), "tree", 2));
    ScriptRun run = run(SCRIPT, new View.Beside(), "tree", 1);
    result(with(run, OptionalLong.of(1 << 20), Optional.empty(), ScriptRun.Network.NONE));
    result(with(run, OptionalLong.empty(), Optional.empty(), ScriptRun.Network.HOST));
    result(with(run, OptionalLong.empty(), Optional.of(SCRIPT), ScriptRun.Network.NONE));
    assertThat(runs).isEqualTo(11);
    assertThat(DirectoryEntry.list(results)).hasSize(11);
    // Neither what a script is called nor how long it may run is part of what it leaves.
    ScriptRun patient =
        new ScriptRun(
            new Script("another", "echo", "/bin/true", List.of("/bin"), Map.of("A", "b")),
            run.view(),
            run.beginning(),
            run.afterwards(),
            run.store(),
            new ScriptRun.Limits(
                OptionalLong.of(1), OptionalLong.empty(), Optional.of(Duration.ofDays(1))),
            run.network());
    result(patient);
    assertThat(runs).isEqualTo(11);
  }

  private static ScriptRun with(
      ScriptRun run, OptionalLong memory, Optional<Script> afterwards, ScriptRun.Network network) {
    return new ScriptRun(
        run.script(),
        run.view(),
        run.beginning(),
        afterwards,
        run.store(),
        new ScriptRun.Limits(run.limits().diskBytes(), memory, Optional.empty()),
        network);
  }

  @Test
  void aResultThatCannotBeKeptIsAResult() throws Exception {
    results = Files.createFile(work.resolve("file")).resolve("results");
    assertThat(result(run(SCRIPT, new View.Beside(), "tree", 1))).isEqualTo(diffId(tree(1)));
    assertThat(warnings)
        .singleElement()
        .asString()
        .startsWith("what a script has left could not be kept in " + results + ": ");
  }

  @Test
  void aDamagedResultIsMadeAnew() throws Exception {
    ScriptRun run = run(SCRIPT, new View.Beside(), "tree", 1);
    result(run);
    Path file = DirectoryEntry.list(results).getFirst().path();
    byte[] good = Files.readAllBytes(file);
    byte[][] bad = {new byte[0], new byte[40], Arrays.copyOf(good, 5000), good.clone()};
    bad[3][bad[3].length / 2] ^= 1;
    for (byte[] damaged : bad) {
      Files.write(file, damaged);
      int before = runs;
      assertThat(result(run)).isEqualTo(diffId(tree(before + 1)));
      assertThat(result(run)).isEqualTo(diffId(tree(before + 1)));
      assertThat(runs).isEqualTo(before + 1);
    }
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void theirRoomHasABound() throws Exception {
    room = 250_000;
    for (String beginning : List.of("a", "b", "c", "d")) {
      result(run(SCRIPT, new View.Beside(), beginning, 1));
    }
    assertThat(DirectoryEntry.list(results)).hasSize(2);
  }
}
