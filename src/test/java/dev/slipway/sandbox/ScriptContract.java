package dev.slipway.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.files.RawName;
import dev.slipway.files.os.FileTree;
import dev.slipway.layer.Content;
import dev.slipway.layer.DigestCache;
import dev.slipway.layer.LayerMeasurer;
import dev.slipway.layer.TreeLayer;
import dev.slipway.layer.TreeNode;
import dev.slipway.sandbox.ScriptRun.Limits;
import dev.slipway.sandbox.ScriptRun.Network;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every sandbox does alike, whoever runs it and whoever its scripts are. It takes whichever of
 * the views the sandbox has.
 */
abstract class ScriptContract {
  @TempDir Path folder;

  /** What scripts have printed. */
  final List<String> output = new CopyOnWriteArrayList<>();

  /** What the sandbox had to do without. */
  final List<String> warnings = new CopyOnWriteArrayList<>();

  /** Where what has failed is kept. */
  Optional<Path> keepFailed = Optional.empty();

  Path temporary;
  Path cache;

  abstract Sandbox sandbox(SandboxSettings settings);

  /** What scripts see. */
  abstract View view();

  /** What of the network they see. */
  Network network() {
    return Network.NONE;
  }

  /** A time in which a script of a few commands ends. */
  abstract Duration brief();

  @BeforeEach
  final void makeFolders() throws Exception {
    temporary = Files.createDirectory(folder.resolve("temporary"));
    cache = Files.createDirectory(folder.resolve("cache"));
  }

  @AfterEach
  final void nothingIsLeft() throws Exception {
    assertThat(temporary).isEmptyDirectory();
    assertThat(Files.readString(Path.of("/proc/self/mountinfo"))).doesNotContain("slipway-run.");
    assertThat(processes(temporary.toString())).isEmpty();
    new Removal(Ladder.Ids.RANGE)
        .remove(cache); // Which those of a range have closed directories in.
  }

  /** The command lines of the processes that name {@code text}. */
  static List<String> processes(String text) {
    return ProcessHandle.allProcesses()
        .filter(process -> process.pid() != ProcessHandle.current().pid())
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(text))
        .toList();
  }

  @Test
  void changesTheTreeThatItBeginsWith() throws Exception {
    TreeNode link = new TreeNode.Symlink(0, 0, RawName.of("..//kept/"));
    assertThat(
            left(
                """
                umask; echo "$NAME$HOME${USER-}"
                cat kept/file; rm gone; mv old new; : > made; chmod 4711 made
                mkdir -m 1777 sticky; mkdir shut; : > shut/x; chmod 500 shut
                mkfifo -m 600 fifo; ln kept/file hard; ln -s nowhere symbolic
                echo "two words" > 'two words'; : > $'\\xff'
                """,
                dir(
                    "gone",
                    file("gone"),
                    "kept",
                    dir("file", file("kept"), "link", link),
                    "old",
                    dir("x", file("x")))))
        .contains(
            "./ 0755 0:0",
            "./fifo 0600 0:0 fifo",
            "./hard 0644 0:0 'kept'",
            "./kept/ 0755 0:0",
            "./kept/file 0644 0:0 'kept'",
            "./kept/link 0777 0:0 -> ..//kept/",
            "./made 4711 0:0",
            "./new/ 0755 0:0",
            "./new/x 0644 0:0 'x'",
            "./shut/ 0500 0:0",
            "./shut/x 0644 0:0",
            "./sticky/ 1777 0:0",
            "./symbolic 0777 0:0 -> nowhere",
            "./two words 0644 0:0 'two words'",
            "./\ufffd 0644 0:0")
        .noneMatch(line -> line.startsWith("./gone") || line.startsWith("./old"));
    assertThat(output).containsExactly("0022", "value/homeless-shelter", "kept");
  }

  @Test
  void saysHowAScriptHasFailedAndKeepsItWhereAsked() throws Exception {
    Path kept = Files.createDirectory(folder.resolve("kept"));
    keepFailed = Optional.of(kept);
    assertThatThrownBy(
            () -> left("echo x > left; mkdir -m 0 closed; seq 50; exit $((3 + 4)) | true", dir()))
        .isInstanceOfSatisfying(
            ScriptFailedException.class,
            e -> {
              assertThat(e).hasMessage("script failed with exit status 7: 50");
              assertThat(e.log()).hasSize(20).endsWith("49", "50");
            });
    Path place = onlyEntry(kept);
    assertThat(place.resolve("tree/left")).hasContent("x");
    assertThat(place.resolve("tree/closed")).isDirectory();
    assertThat(warnings).contains("what script has left is kept in " + place);
    FileTree.delete(kept);
  }

  @Test
  void endsWhatTakesTooLong() throws Exception {
    Path kept = Files.createDirectory(folder.resolve("kept"));
    keepFailed = Optional.of(kept);
    ScriptRun run =
        run(
            "echo begun > left; cat left; (trap '' TERM; sleep 1000) & sleep 1000",
            view(),
            dir(),
            Optional.empty(),
            new Limits(OptionalLong.empty(), OptionalLong.empty(), Optional.of(brief())));
    assertThatThrownBy(() -> left(run))
        .isInstanceOfSatisfying(
            ScriptTimedOutException.class,
            e -> {
              assertThat(e.time()).isEqualTo(brief());
              assertThat(e.log()).containsExactly("begun");
            });
    assertThat(output).containsExactly("begun");
    assertThat(onlyEntry(kept).resolve("tree/left")).hasContent("begun");
  }

  @Test
  void endsWithTheInterruptedThread() throws Exception {
    FutureTask<List<String>> task = new FutureTask<>(() -> left("echo begun; sleep 1000", dir()));
    Thread thread = Thread.ofPlatform().start(task);
    while (output.isEmpty() && !task.isDone()) {
      Thread.onSpinWait();
    }
    thread.interrupt();
    thread.join();
    assertThatThrownBy(task::get).hasCauseInstanceOf(InterruptedException.class);
  }

  // -- Means

  static Path onlyEntry(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return assertThat(entries.toList()).singleElement().actual();
    }
  }

  /** A terminal is that of a session, and a script's is not that of the caller. */
  final void assertThatScriptsHaveNoTerminal() throws Exception {
    Set<String> sessions = new ConcurrentSkipListSet<>();
    SandboxSettings settings =
        SandboxSettings.of(
            temporary,
            _ ->
                ProcessHandle.current()
                    .descendants()
                    .forEach(process -> sessions.add(session(process.pid()))),
            warnings::add);
    Limits limits = new Limits(OptionalLong.empty(), OptionalLong.empty(), Optional.of(brief()));
    ScriptRun run = run("echo begun; sleep 1000", view(), dir(), Optional.empty(), limits);
    assertThatThrownBy(() -> sandbox(settings).run(run))
        .isInstanceOf(ScriptTimedOutException.class);
    assertThat(sessions).isNotEmpty().doesNotContain(session(ProcessHandle.current().pid()));
  }

  /** The session of a process; empty if it has ended. */
  private static String session(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')')).split(" ", -1)[4];
    } catch (IOException e) {
      return "";
    }
  }

  /** What a script has left of a tree. */
  List<String> left(String text, TreeNode.Directory tree) throws Exception {
    return left(run(text, view(), tree));
  }

  List<String> left(ScriptRun run) throws Exception {
    return left(sandbox(settings()), run);
  }

  SandboxSettings settings() {
    return new SandboxSettings(
        temporary,
        Optional.of(cache),
        SandboxSettings.CACHE_BYTES,
        keepFailed,
        output::add,
        warnings::add);
  }

  static List<String> left(Sandbox sandbox, ScriptRun run) throws Exception {
    try (Changeset changes = sandbox.run(run)) {
      return Listings.of(changes.tree());
    }
  }

  ScriptRun run(String text, View view, TreeNode.Directory tree) throws Exception {
    return run(text, view, tree, Optional.empty(), Limits.NONE);
  }

  ScriptRun run(
      String text,
      View view,
      TreeNode.Directory tree,
      Optional<Script.VisibleStore> store,
      Limits limits)
      throws Exception {
    return new ScriptRun(
        script("script", text),
        view,
        out -> {
          try (LayerMeasurer measurer = new LayerMeasurer(1, DigestCache.NONE, _ -> {})) {
            measurer.measure(new TreeLayer(tree, 0), out);
          }
        },
        Optional.empty(),
        store,
        limits,
        network());
  }

  static Script script(String name, String text) {
    return new Script(
        name,
        text,
        "/bin/bash",
        List.of("/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"),
        Map.of("NAME", "value"));
  }

  /** A store with a file called {@code thing}. */
  Optional<Script.VisibleStore> store() throws Exception {
    Path place = Files.createDirectories(folder.resolve("store"));
    Files.writeString(place.resolve("thing"), "thing");
    return Optional.of(new Script.VisibleStore("/nix/store", List.of(place)));
  }

  /** A directory of names and what they stand for. */
  static TreeNode.Directory dir(Object... entries) {
    SortedMap<RawName, TreeNode> children = new TreeMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      children.put(RawName.of((String) entries[i]), (TreeNode) entries[i + 1]);
    }
    return new TreeNode.Directory(0755, 0, 0, children);
  }

  static TreeNode file(String text) {
    return new TreeNode.Regular(0644, 0, 0, Content.of(text.getBytes(StandardCharsets.UTF_8)));
  }
}
